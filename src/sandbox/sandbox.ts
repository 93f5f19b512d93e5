import type {
  ComplianceRecord,
  ConversionRecord,
  Delivery,
  KaminariRecord,
  RecordedRequest,
  SandboxEvent,
  SandboxReward,
} from './records.js';
import type { Fault } from './faults.js';

/** How a callback is sent. */
export interface DeliveryOptions {
  /** The encoding of the body. @defaultValue `'json'` */
  readonly format?: 'json' | 'form' | undefined;
  /** Ends the delivery early; the result reports what was sent. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
}

/** The payment in a callback, if it differs from the reward's. */
export interface PaymentOptions {
  /**
   * How much to pay: a number, or its text. `'20.0'` is sent as `20.0`, even in JSON, and signed as that text (PROTOCOL K24).
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
  /** The formula of the signature (PROTOCOL K22, K23). @defaultValue `'documented'` */
  readonly redemptionFormula?: 'documented' | 'legacy' | undefined;
}

/** Options of {@link Sandbox.issue}. */
export interface IssueOptions extends DeliveryOptions, PaymentOptions {
  /** What triggered the issuance. @defaultValue `'survey'` */
  readonly origin?: string | undefined;
  /** Distinguishes the issuances of one reward. Pass an earlier nonce to send a duplicate. @defaultValue a random one */
  readonly nonce?: string | undefined;
}

/** The verdict that Kaminari's script gets about a visitor (PROTOCOL M11). */
export interface KaminariVerdict {
  /** `1`: the visitor is fraudulent. */
  readonly fraud: 0 | 1;
  /** `1`: the visitor should be blocked. */
  readonly block: 0 | 1;
}

/** Kaminari's side of the sandbox. */
export interface SandboxKaminari {
  /** Answers the next `times` pings with 204, "not yet" (PROTOCOL M2). */
  answerNotYet(times: number): void;
  /** Sets the verdict that the script passes to the page's `window.kmnr.onResponse` from now on. @defaultValue `{ fraud: 0, block: 0 }` */
  answerVerdict(verdict: KaminariVerdict): void;
  /** The newest records, newest last. */
  statistics(): readonly KaminariRecord[];
  /** The newest conversions, newest last (PROTOCOL M10). */
  conversions(): readonly ConversionRecord[];
  /** Moves the pairing's clock forward by `ms` milliseconds; expired records go to the statistics at once. */
  advance(ms: number): void;
}

/** A running sandbox. */
export interface Sandbox {
  /** Base address without a trailing slash: the `baseUrl` for both clients. */
  readonly url: string;
  /** An app key that the sandbox accepts. */
  readonly appKey: string;
  /** The secret that signs the callbacks. */
  readonly appSecret: string;
  /** The newest requests (at most `keep`), newest last: a snapshot; read it again for later ones. */
  readonly requests: readonly RecordedRequest[];
  /** The newest rewards (at most `keep`), newest last: a snapshot. */
  readonly rewards: readonly SandboxReward[];
  /** The newest deliveries (at most `keep`), newest last: a snapshot. */
  readonly deliveries: readonly Delivery[];
  /**
   * Applies a fault to the next `times` API requests (session, moment, consent, ping, ping test, conversion). Faults
   * queue up behind those already armed.
   *
   * @param times - how many requests; default 1
   * @throws KiipConfigError when the fault is not one of {@link Fault}.
   */
  failNext(fault: Fault, times?: number): void;
  /**
   * Redeems a reward: marks it used and POSTs the signed redemption to `callbackUrl`, repeated on 408, 429, 5xx and network failures.
   * Redeeming again sends the same redemption again, as the platform does when it missed the answer.
   *
   * @param rewardId - `view.id`, with or without its `test_`
   * @throws KiipConfigError without a `callbackUrl`.
   * @throws KiipValidationError on wrong options, and when the reward is unknown or its moment had no `user.userid`.
   */
  redeem(rewardId: string, options?: RedeemOptions): Promise<Delivery>;
  /** POSTs a signed issuance, linked to a reward, to `callbackUrl`. Repeated and refused like {@link Sandbox.redeem}. */
  issue(rewardId: string, options?: IssueOptions): Promise<Delivery>;
  /** POSTs the bytes of an earlier delivery to `callbackUrl` once more, like an attacker who captured them (PROTOCOL K26). */
  replay(delivery: Delivery, options?: { readonly signal?: AbortSignal | undefined }): Promise<Delivery>;
  /** The newest consent that arrived for this user on this device; `null` before any arrived (PROTOCOL K14). */
  compliance(userId: string, deviceId: string): ComplianceRecord | null;
  /** Kaminari's side of the sandbox. */
  readonly kaminari: SandboxKaminari;
  /** Calls `listener` synchronously for every event. The returned function unsubscribes it. */
  subscribe(listener: (event: SandboxEvent) => void): () => void;
  /**
   * Forgets everything (requests, rewards, deliveries, consent, Kaminari's records), disarms faults and restarts the
   * random sequence.
   */
  reset(): void;
  /** Ends deliveries and connections, and frees the port. */
  close(): Promise<void>;
  /** Calls `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
