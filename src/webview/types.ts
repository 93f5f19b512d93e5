/** How a reward ended, as its last URL tells it (PROTOCOL K29). */
export interface DismissResult {
  /** `true`: the player redeemed the reward. `false`: closed without redeeming. */
  redeemed: boolean;
  /** Where to send the player next, in a new view that they can close; `http:`, `https:` or a scheme that you allowed, else `null`. */
  nativeUrl: string | null;
  /** `true` when there was a `native_url` that must not be opened (`javascript:`, `intent:`, `file:` …) and was dropped. */
  droppedNativeUrl: boolean;
}

/**
 * What a reward page says to the app around it, besides that it ended (PROTOCOL K30). Parameters are percent-decoded once, and `null`
 * when absent.
 */
export type KiipEvent =
  /** The page can be shown. */
  | { kind: 'ready' }
  /** The player wants to share something. */
  | { kind: 'share'; subject: string | null; text: string | null }
  /** A video to play; `url` is `null` unless it is `http:` or `https:`. */
  | { kind: 'video'; url: string | null }
  /**
   * Virtual currency, told to the app. Never credit it: it is the same message as the signed callback to your server, as the player
   * can see and change it. All four are the text as sent.
   */
  | {
      kind: 'content';
      content: string | null;
      quantity: string | null;
      transactionId: string | null;
      signature: string | null;
    }
  /** The page wants the camera. */
  | { kind: 'open_camera' }
  /** The page is done with the camera. */
  | { kind: 'close_camera' }
  /** Any other `kiip:` URL. */
  | { kind: 'unknown' };

/** A `kiip:` URL, read: a {@link DismissResult} or a {@link KiipEvent}, told apart by `kind`. */
export type KiipUrl = ({ kind: 'did_dismiss' } & DismissResult) | KiipEvent;
