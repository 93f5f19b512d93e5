// The messages between the inspector's server and browser.

/** The type of an entry; `other` is for pages, scripts and unknown addresses. */
export type EntryType =
  'session' | 'consent' | 'moment' | 'reward' | 'callback' | 'ping' | 'conversion' | 'pairing' | 'other';

/** One line of the list. It needs no masking. */
export interface Summary {
  readonly id: string;
  readonly type: EntryType;
  /** The time, in ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly verdict: string;
  readonly tone: 'good' | 'bad' | 'plain';
  /** Milliseconds that it took; `null` while it runs, and for entries without a duration. */
  readonly durationMs: number | null;
  /** Entries with the same `fold` share one line, which counts them. `null`: the entry has its own line. */
  readonly fold: string | null;
  /** Whether the same callback was delivered before. */
  readonly isRepeat: boolean;
}

/** Sent when the answer to a request has ended. */
export type Answered = Pick<Summary, 'id' | 'durationMs'>;

/** One part of an opened entry. */
export type Section = { readonly heading: string } & (
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'advice'; readonly advice: readonly { readonly path: string; readonly message: string }[] }
);

/** An opened entry. */
export interface Detail {
  readonly sections: readonly Section[];
  /** Whether something in it is masked. */
  readonly isMasked: boolean;
  readonly reward: RewardActions | null;
}

/** The actions on a reward, and why they are unavailable. */
interface RewardActions {
  readonly id: string;
  /** The page's address on this sandbox, from its `/`. */
  readonly pagePath: string;
  readonly isUsed: boolean;
  /** Why no issuance can be sent; `null` when it can. */
  readonly cannotIssue: string | null;
}

/** The state of the controls. */
export interface Controls {
  readonly fillRate: number;
  readonly rewardName: string | null;
  readonly nativeUrl: string | null;
  readonly faults: readonly { readonly text: string; readonly left: number }[];
  /** The callback URL without its query, which may hold a secret; `null` when none is set. */
  readonly callbackUrl: string | null;
}

/** The result of an action. */
export interface Outcome {
  readonly ok: boolean;
  readonly message: string;
}
