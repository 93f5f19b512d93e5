/** How a shown reward ended. */
export interface RewardResult {
  /** `true`: redeemed. `false`: closed without redeeming. `null`: the browser does not reveal which. */
  redeemed: boolean | null;
  /** Where to send the player next, `http:` or `https:` only; `null` without an address, or when the browser does not reveal it. */
  nativeUrl: string | null;
}

/** The overlay's own texts, for the game to translate. */
export interface Labels {
  /** The dialog's title when the reward has neither a name nor a title. @defaultValue `'Your reward'` */
  title: string;
  /** Shown below the reward's name in the notification. @defaultValue `'View reward'` */
  open: string;
  /** The accessible name of the close buttons. @defaultValue `'Close'` */
  close: string;
  /** Shown while the reward loads and `modal` has no message. @defaultValue `'Loading your reward…'` */
  loading: string;
  /** Shown when the reward has not loaded in time. @defaultValue `'The reward has not loaded yet.'` */
  late: string;
  /** The label of the button that loads the reward again. @defaultValue `'Try again'` */
  retry: string;
  /** Shown instead of a reward that the browser refuses to load. @defaultValue `'This reward cannot be shown here.'` */
  unavailable: string;
}

/** A reward's own texts for the loading screen, as `client.moment()` returns them. */
export interface LoadingModal {
  /** The dialog's title when the notification has no name, otherwise a heading of the loading screen. */
  title?: string | null | undefined;
  /** Shown while the page loads. @defaultValue `labels.loading` */
  message?: string | null | undefined;
  /**
   * Seconds until the player is told that the page has not loaded and can try again. 0 and less count as 10.
   * @defaultValue `10`
   */
  timeout?: number | null | undefined;
}

/** Options of {@link showReward}. */
export interface ShowRewardOptions {
  /** The moment's `reward.bodyUrl`: `https:`, or `http:` to a loopback host (PROTOCOL K20). */
  bodyUrl: string | { href: string };
  /**
   * The moment's `reward.notification`. With it a notification comes first, and clicking it opens the dialog.
   *
   * @defaultValue none: the dialog opens at once
   */
  notification?: { rewardName: string; rewardImageUrl?: string | null | undefined } | null | undefined;
  /** Called when the reward page ends by itself (PROTOCOL K29). @defaultValue none */
  onDismiss?: ((result: RewardResult) => void) | undefined;
  /** Called when the player closes the dialog with the button or Escape, or the game calls `close()`. @defaultValue none */
  onClose?: (() => void) | undefined;
  /**
   * The moment's `reward.modal`, unchanged: what to show while the page loads, and for how long.
   *
   * @defaultValue the labels' texts, and 10 seconds
   */
  modal?: LoadingModal | null | undefined;
  /**
   * The element to put the overlay into. It has to stay in the page.
   *
   * @defaultValue `document.body`
   */
  container?: HTMLElement | undefined;
  /** Texts that replace the English ones. @defaultValue the English ones */
  labels?: Partial<Labels> | undefined;
  /** The host page's Content-Security-Policy nonce for styles; needed only in browsers without constructable style sheets. @defaultValue none */
  nonce?: string | undefined;
  /**
   * Shows rewards and images from `http:` on any host, such as a sandbox in another container (PROTOCOL K20).
   *
   * @defaultValue `false`
   */
  allowInsecure?: boolean | undefined;
}
