/** How a shown reward ended. */
export interface RewardResult {
  /** `true`: redeemed. `false`: closed without redeeming. `null`: the browser does not tell a page which of the two it was. */
  redeemed: boolean | null;
  /** Where to send the player next, `http:` or `https:` only; `null` when there is none, or when the browser does not tell. */
  nativeUrl: string | null;
}

/** The overlay's own texts, to be translated by the game. */
export interface Labels {
  /** The dialog's title where the reward has no name. Default `Your reward`. */
  title: string;
  /** Below the reward's name in the notification. Default `View reward`. */
  open: string;
  /** The close buttons' name. Default `Close`. */
  close: string;
  /** Shown instead of a reward that the browser refuses to load. Default `This reward cannot be shown here.` */
  unavailable: string;
}

/** What {@link showReward} needs. */
export interface ShowRewardOptions {
  /** The moment's `reward.bodyUrl`: `https:`, or `http:` to a loopback host (PROTOCOL K20). */
  bodyUrl: string | { href: string };
  /** Given: a notification comes first, and its click opens the dialog. Default: the dialog opens at once. */
  notification?: { rewardName: string; rewardImageUrl?: string | null } | null;
  /** The reward page ended by itself (PROTOCOL K29). */
  onDismiss?(result: RewardResult): void;
  /** The player closed it with our button or Escape, or the game called `close()`. */
  onClose?(): void;
  /** Where the overlay is put. Default `document.body`. */
  container?: HTMLElement;
  /** Texts that replace the English ones. */
  labels?: Partial<Labels>;
  /** The host page's Content-Security-Policy nonce for styles; needed only in browsers without constructable style sheets. */
  nonce?: string;
}

const ENGLISH: Labels = {
  title: 'Your reward',
  open: 'View reward',
  close: 'Close',
  unavailable: 'This reward cannot be shown here.',
};

export function withDefaults(labels: Partial<Labels> | undefined): Labels {
  // A translation that is missing must not be read out as "undefined".
  const given = Object.entries(labels ?? {}).filter(([, text]) => typeof text === 'string');
  return { ...ENGLISH, ...Object.fromEntries(given) };
}

const LOOPBACK = /^(?:localhost|[^/]+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/** `https:`, or `http:` to this machine for the sandbox (PROTOCOL K20); anything else is `null`. */
export function displayable(value: unknown): URL | null {
  if (typeof value !== 'string') return null;
  try {
    const url = new URL(value);
    return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname)) ? url : null;
  } catch {
    return null;
  }
}

/** The reward page's address. The message names no URL: a body URL identifies the player's reward. */
export function bodyUrlOf(value: unknown): URL {
  const url = displayable(typeof value === 'object' && value !== null ? (value as { href?: unknown }).href : value);
  if (url === null)
    throw new TypeError(
      'showReward: bodyUrl must be an https: URL (http: only to localhost); pass reward.bodyUrl as received.',
    );
  return url;
}
