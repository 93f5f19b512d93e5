/** How a reward ended, according to its last URL (PROTOCOL K29). */
export interface DismissResult {
  /** `true`: the player redeemed the reward. `false`: closed without redeeming. */
  redeemed: boolean;
  /** Where to send the player next, in a new view that they can close; `http:`, `https:` or a scheme that you allowed, else `null`. */
  nativeUrl: string | null;
  /** `true` when there was a `native_url` that must not be opened (`javascript:`, `intent:`, `file:` …) and was dropped. */
  droppedNativeUrl: boolean;
}

/**
 * A message of a reward page to the app around it, other than its end (PROTOCOL K30). Parameters are percent-decoded once, and `null`
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
   * Virtual currency, announced to the app. Never credit it: the player can see and change this message. Credit the signed callback to your
   * server. All four values are the text as sent.
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

/** A parsed `kiip:` URL: a {@link DismissResult} or a {@link KiipEvent}; `kind` says which. */
export type KiipUrl = ({ kind: 'did_dismiss' } & DismissResult) | KiipEvent;
