/** Options of {@link startSandbox}; every one can be left out. */
export interface SandboxOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** The address to listen on. Anything but loopback lets other machines in, so it has to be asked for. @default '127.0.0.1' */
  readonly host?: string;
  /** Names, besides `localhost`, the loopback addresses and `host`, that a `Host` header may carry, such as a container's. @default [] */
  readonly allowedHosts?: readonly string[];
  /** When given, sessions and moments with another `app_key` are refused with 401. When left out, every key is accepted. */
  readonly appKey?: string;
  /** What callbacks are signed with. @default a random one for each sandbox */
  readonly appSecret?: string;
  /** Where redemptions and issuances are POSTed: `https:`, or `http:` to a loopback host (PROTOCOL K28). */
  readonly callbackUrl?: string;
  /** Share of live moments (`test: false`) that get a reward, 0…1. Test moments always do (PROTOCOL K9). @default 1 */
  readonly fillRate?: number;
  /** Start of the random sequence that decides live moments: the same seed fills the same moments. @default 1 */
  readonly seed?: number;
  /** `notification.reward_name` of every reward: long names, other scripts, markup. @default one that says what it pays */
  readonly rewardName?: string;
  /** `native_url` of every reward: where its page sends the player on to after a redemption (PROTOCOL K29). @default none */
  readonly nativeUrl?: string;
  /** How many of the newest requests, rewards, deliveries and Kaminari records to keep, each. @default 5_000 */
  readonly keep?: number;
}

/** Something that goes wrong on purpose; see the table in `docs/sandbox.md`. */
export type Fault =
  /** Answers with this status, without processing the request. `retryAfter`: the `Retry-After` header, seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Processes the request and answers after `ms` milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Resets the connection (TCP RST) after the request was read, without processing it. */
  | { readonly kind: 'reset' }
  /** Processes the request, sends half of the answer and closes the connection. */
  | { readonly kind: 'truncate' }
  /** Processes the request and answers 200 with an HTML page in place of the answer. */
  | { readonly kind: 'garbage' }
  /** Answers 307 to `location`, without processing the request. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Processes the request and sends the answer's body at this speed. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** Processes the request and pads the answer with white space to `bytes`, chunked, so that its length is not announced. */
  | { readonly kind: 'oversize'; readonly bytes: number };

/** Which part of the sandbox a request was for; `unknown` when no route fits. */
export type RequestKind = 'session' | 'moment' | 'ping' | 'pingtest' | 'script' | 'collect' | 'page' | 'unknown';

/** One request that reached the sandbox. */
export interface RecordedRequest {
  /** 1 for the first request of this sandbox, counted upwards. */
  readonly id: number;
  /** When its last byte had arrived. */
  readonly at: Date;
  readonly kind: RequestKind;
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, from its `?`; empty without one. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The parsed value of a JSON body, else the text; `null` when there was none. */
  readonly body: unknown;
  /** What became of it, in words: `moment: reward`, `rejected: device.locale is required`, `fault: status 503` … */
  readonly verdict: string;
  /** The status that was answered; `null` when a fault cut the connection before any. */
  readonly status: number | null;
  /** The text that was answered (before a fault garbled or cut it); empty when none was. */
  readonly answer: string;
}

/** A reward that the sandbox handed out. */
export interface SandboxReward {
  /** `view.id` of the answer: starts with `test_` in test mode (PROTOCOL K17). */
  readonly id: string;
  readonly unitId: string;
  readonly name: string;
  readonly isTest: boolean;
  readonly momentId: string;
  /** `device.locale` of the moment. */
  readonly locale: string;
  /** `user.userid` of the moment; `null` without one, and then it carries no virtual currency. */
  readonly userId: string | null;
  /** `email_address` of the moment. */
  readonly emailAddress: string | null;
  /** `false` only when the moment's `close_button` hid it (PROTOCOL K8). */
  readonly closeButton: boolean;
  /** Where the reward page sends the player on to after the redemption (PROTOCOL K29). */
  readonly nativeUrl: string | null;
  /** Virtual currency in it; `null` when it carries none. */
  readonly virtual: VirtualCurrency | null;
  readonly bodyUrl: string;
  /** When it was handed out. */
  readonly at: Date;
  /** When it was redeemed; `null` before. */
  readonly usedDate: Date | null;
}

/** What a redemption or an issuance pays. */
export interface VirtualCurrency {
  /** The identifier of the currency, sent as `content`. */
  readonly content: string;
  readonly name: string;
  readonly quantity: number;
}

/** How a callback is sent. */
export interface DeliveryOptions {
  /** @default 'json' */
  readonly format?: 'json' | 'form';
  /** Ends the delivery early; what was sent so far is reported. */
  readonly signal?: AbortSignal;
}

/** Options of {@link Sandbox.redeem}. */
export interface RedeemOptions extends DeliveryOptions {
  /** @default 'documented' (PROTOCOL K22, K23) */
  readonly redemptionFormula?: 'documented' | 'legacy';
}

/** Options of {@link Sandbox.issue}. */
export interface IssueOptions extends DeliveryOptions {
  /** What triggered the issuance. @default 'survey' */
  readonly origin?: string;
  /** Tells issuances for one reward apart. Give an earlier one to send a duplicate. @default a random one */
  readonly nonce?: string;
  /** An integer > 0. @default what the reward pays */
  readonly quantity?: number;
}

/** How the delivery of one callback went. */
export interface Delivery {
  readonly type: 'redemption' | 'issuance';
  readonly at: Date;
  /** Whether the endpoint answered 2xx in the end. */
  readonly delivered: boolean;
  /** Status of the last answer; `null` when there was none. */
  readonly status: number | null;
  /** POSTs made. */
  readonly attempts: number;
  /** What was sent, in wire names, the signature included. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly contentType: string;
  /** `fields` as they were sent. */
  readonly body: string;
  /** Start of the last answer's text, or why there was none. */
  readonly answer: string;
}

/** One line of Kaminari's statistics (PROTOCOL M8). */
export interface KaminariRecord {
  readonly kmnrId: string;
  readonly kmnrKey: string;
  /** `paired`: ping and browser record met. `script_only`: no ping within five minutes. `technical_losses`: no browser record. */
  readonly status: 'paired' | 'script_only' | 'technical_losses';
  /** The ping's fields, with the visitor's headers (PROTOCOL M4) under `headers`. */
  readonly ping: object | null;
  /** What the script collected and posted. */
  readonly browser: object | null;
  /** When it was written, by the sandbox's clock, which {@link SandboxKaminari.advance} moves. */
  readonly at: Date;
}

/** Kaminari's side of the sandbox. */
export interface SandboxKaminari {
  /** The next `times` pings are answered 204, "not yet" (PROTOCOL M2). */
  answerNotYet(times: number): void;
  /** The newest records, newest last. */
  statistics(): readonly KaminariRecord[];
  /** Moves the clock that pairing runs on forward, in milliseconds; what expires is written to the statistics at once. */
  advance(ms: number): void;
}

/** What a listener given to {@link Sandbox.subscribe} is told. */
export type SandboxEvent =
  | { readonly type: 'request'; readonly request: RecordedRequest }
  /** Handed out, or changed: redeemed. */
  | { readonly type: 'reward'; readonly reward: SandboxReward }
  | { readonly type: 'delivery'; readonly delivery: Delivery }
  | { readonly type: 'kaminari'; readonly record: KaminariRecord };

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
  /**
   * Lets the next `times` API requests (session, moment, ping, pingtest) go wrong. Faults queue up behind those already armed.
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
   * @throws KiipConfigError without a `callbackUrl`, or on options that do not exist.
   * @throws KiipValidationError when the reward is unknown or its moment had no `user.userid`.
   */
  redeem(rewardId: string, options?: RedeemOptions): Promise<Delivery>;
  /** POSTs a signed issuance, linked to a reward, to `callbackUrl`. Repeated and refused like {@link Sandbox.redeem}. */
  issue(rewardId: string, options?: IssueOptions): Promise<Delivery>;
  readonly kaminari: SandboxKaminari;
  /** Calls `listener` at once for everything that happens; returns the way to end that. */
  subscribe(listener: (event: SandboxEvent) => void): () => void;
  /** Ends deliveries and connections, and frees the port. */
  close(): Promise<void>;
}
