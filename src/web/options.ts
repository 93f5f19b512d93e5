/** How a shown reward ended. */
export interface RewardResult {
  /** `true`: redeemed. `false`: closed without redeeming. `null`: the browser does not tell a page which of the two it was. */
  redeemed: boolean | null;
  /** Where to send the player next, `http:` or `https:` only; `null` when there is none, or when the browser does not tell. */
  nativeUrl: string | null;
}

/** The overlay's own texts, to be translated by the game. */
export interface Labels {
  /** The dialog's title where the reward has neither a name nor a title. Default `Your reward`. */
  title: string;
  /** Below the reward's name in the notification. Default `View reward`. */
  open: string;
  /** The close buttons' name. Default `Close`. */
  close: string;
  /** Shown while the reward loads and `modal` has no message. Default `Loading your reward…`. */
  loading: string;
  /** Shown when the reward has not loaded in time. Default `The reward has not loaded yet.` */
  late: string;
  /** The button that loads the reward again. Default `Try again`. */
  retry: string;
  /** Shown instead of a reward that the browser refuses to load. Default `This reward cannot be shown here.` */
  unavailable: string;
}

/** A reward's own words for the time in which its page loads, as `client.moment()` reads them. */
export interface LoadingModal {
  /** The dialog's title where the notification has no name, else a heading of the loading screen. */
  title?: string | null | undefined;
  /** Shown while the page loads. Default: `labels.loading`. */
  message?: string | null | undefined;
  /** Seconds after which the player is told that the page has not loaded, and may try again. Default 10, also for 0 and less. */
  timeout?: number | null | undefined;
}

/** What {@link showReward} takes. */
export interface ShowRewardOptions {
  /** The moment's `reward.bodyUrl`: `https:`, or `http:` to a loopback host (PROTOCOL K20). */
  bodyUrl: string | { href: string };
  /**
   * The moment's `reward.notification`. With it a notification comes first, and its click opens the dialog.
   *
   * @defaultValue none: the dialog opens at once
   */
  notification?: { rewardName: string; rewardImageUrl?: string | null | undefined } | null | undefined;
  /** Called when the reward page ended by itself (PROTOCOL K29). */
  onDismiss?: ((result: RewardResult) => void) | undefined;
  /** Called when the player closed it with our button or Escape, or the game called `close()`. */
  onClose?: (() => void) | undefined;
  /**
   * The moment's `reward.modal`, as it is: what to show while the page loads, and for how long.
   *
   * @defaultValue the labels' texts, and 10 seconds
   */
  modal?: LoadingModal | null | undefined;
  /**
   * The element that the overlay is put into. It has to stay in the page.
   *
   * @defaultValue `document.body`
   */
  container?: HTMLElement | undefined;
  /** Texts that replace the English ones. */
  labels?: Partial<Labels> | undefined;
  /** The host page's Content-Security-Policy nonce for styles; needed only in browsers without constructable style sheets. */
  nonce?: string | undefined;
  /**
   * Shows rewards and images from `http:` on any host, such as a sandbox in another container (PROTOCOL K20).
   *
   * @defaultValue `false`
   */
  allowInsecure?: boolean | undefined;
}
