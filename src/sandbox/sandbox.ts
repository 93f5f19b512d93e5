import type {
  ComplianceRecord,
  ConversionRecord,
  Delivery,
  Fault,
  KaminariRecord,
  RecordedRequest,
  SandboxEvent,
  SandboxReward,
} from './types.js';

/** How a callback is sent. */
export interface DeliveryOptions {
  /** The encoding of the body. @defaultValue 'json' */
  readonly format?: 'json' | 'form' | undefined;
  /** Ends the delivery early; what was sent so far is reported. */
  readonly signal?: AbortSignal | undefined;
}

/** What a callback pays, in place of what the reward does. */
export interface PaymentOptions {
  /**
   * A number, or the text of one: `'20.0'` goes out as `20.0`, in JSON too, and is signed as that text (PROTOCOL K24).
   * @defaultValue what the reward pays
   */
  readonly quantity?: number | string | undefined;
  /** The identifier of the currency. @defaultValue the reward's */
  readonly content?: string | undefined;
}

/** Options of {@link Sandbox.redeem}. */
export interface RedeemOptions extends DeliveryOptions, PaymentOptions {
  /** The name of the currency. @defaultValue the reward's */
  readonly name?: string | undefined;
  /** The formula of the signature (PROTOCOL K22, K23). @defaultValue 'documented' */
  readonly redemptionFormula?: 'documented' | 'legacy' | undefined;
}

/** Options of {@link Sandbox.issue}. */
export interface IssueOptions extends DeliveryOptions, PaymentOptions {
  /** What triggered the issuance. @defaultValue 'survey' */
  readonly origin?: string | undefined;
  /** Tells issuances for one reward apart. Give an earlier one to send a duplicate. @defaultValue a random one */
  readonly nonce?: string | undefined;
}

/** What Kaminari's script is told about a visitor (PROTOCOL M11). */
export interface KaminariVerdict {
  /** 1: the visitor is fraudulent. */
  readonly fraud: 0 | 1;
  /** 1: the visitor should be blocked. */
  readonly block: 0 | 1;
}

/** Kaminari's side of the sandbox. */
export interface SandboxKaminari {
  /** The next `times` pings are answered 204, "not yet" (PROTOCOL M2). */
  answerNotYet(times: number): void;
  /** Decides what the script hands to the page's `window.kmnr.onResponse` from now on. The default is `{ fraud: 0, block: 0 }`. */
  answerVerdict(verdict: KaminariVerdict): void;
  /** The newest records, newest last. */
  statistics(): readonly KaminariRecord[];
  /** The newest conversions, newest last (PROTOCOL M10). */
  conversions(): readonly ConversionRecord[];
  /** Moves the clock that pairing runs on forward, in milliseconds; what expires is written to the statistics at once. */
  advance(ms: number): void;
}

/** A running sandbox. */
export interface Sandbox {
  /** Base address without a trailing slash: the `baseUrl` for both clients. */
  readonly url: string;
  /** A key that it accepts. */
  readonly appKey: string;
  /** What it signs callbacks with. */
  readonly appSecret: string;
  /** The newest requests (at most `keep`), newest last: a snapshot, read it again for later ones. */
  readonly requests: readonly RecordedRequest[];
  /** The newest rewards (at most `keep`), newest last: a snapshot. */
  readonly rewards: readonly SandboxReward[];
  /** The newest deliveries (at most `keep`), newest last: a snapshot. */
  readonly deliveries: readonly Delivery[];
  /**
   * Lets the next `times` API requests (session, moment, consent, ping, ping test, conversion) go wrong. Faults queue up behind those
   * already armed.
   *
   * @param times - default 1
   * @throws KiipConfigError when the fault is not one of {@link Fault}.
   */
  failNext(fault: Fault, times?: number): void;
  /**
   * Redeems a reward: marks it used and POSTs the signed redemption to `callbackUrl`, repeated on 408, 429, 5xx and network failures.
   * A reward that is redeemed already sends the same redemption again, as a platform does that missed the answer.
   *
   * @param rewardId - `view.id`, with or without its `test_`
   * @throws KiipConfigError without a `callbackUrl`.
   * @throws KiipValidationError on wrong options, and when the reward is unknown or its moment had no `user.userid`.
   */
  redeem(rewardId: string, options?: RedeemOptions): Promise<Delivery>;
  /** POSTs a signed issuance, linked to a reward, to `callbackUrl`. Repeated and refused like {@link Sandbox.redeem}. */
  issue(rewardId: string, options?: IssueOptions): Promise<Delivery>;
  /** POSTs the bytes of an earlier delivery to `callbackUrl` once more, as somebody does who captured them (PROTOCOL K26). */
  replay(delivery: Delivery, options?: { readonly signal?: AbortSignal | undefined }): Promise<Delivery>;
  /** The newest consent that arrived for this user on this device; `null` when none did (PROTOCOL K14). */
  compliance(userId: string, deviceId: string): ComplianceRecord | null;
  readonly kaminari: SandboxKaminari;
  /** Calls `listener` at once for everything that happens; returns the way to end that. */
  subscribe(listener: (event: SandboxEvent) => void): () => void;
  /** Forgets everything (requests, rewards, deliveries, consent, Kaminari's records), disarms faults and starts the seed anew. */
  reset(): void;
  /** Ends deliveries and connections, and frees the port. */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
