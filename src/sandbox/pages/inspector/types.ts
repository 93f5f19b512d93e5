// What the inspector's server and browser halves say to each other.

/** What an entry of the list is; `other`: pages, scripts and unknown addresses. */
export type EntryType =
  'session' | 'consent' | 'moment' | 'reward' | 'callback' | 'ping' | 'conversion' | 'pairing' | 'other';

/** One line of the list. Holds nothing that has to be masked. */
export interface Summary {
  readonly id: string;
  readonly type: EntryType;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly verdict: string;
  readonly tone: 'good' | 'bad' | 'plain';
  /** How long it took; `null` while it runs, and for what takes no time. */
  readonly durationMs: number | null;
  /** Entries with the same text share one line, which counts them; `null` for a line of its own. */
  readonly fold: string | null;
  /** Whether the same callback was delivered before. */
  readonly isRepeat: boolean;
}

/** The answer to a request has ended. */
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

/** What can be done with a reward, and why not. */
interface RewardActions {
  readonly id: string;
  /** The page's address on this sandbox, from its `/`. */
  readonly pagePath: string;
  readonly isUsed: boolean;
  /** `null` when it can. */
  readonly cannotIssue: string | null;
}

/** What the controls show. */
export interface Controls {
  readonly fillRate: number;
  readonly rewardName: string | null;
  readonly nativeUrl: string | null;
  readonly faults: readonly { readonly text: string; readonly left: number }[];
  /** Without its query, which may hold a secret; `null` when there is none. */
  readonly callbackUrl: string | null;
}

/** What came of a button. */
export interface Outcome {
  readonly ok: boolean;
  readonly message: string;
}
