import type { Advice } from '../request/advise.js';

/** Which part of the sandbox a request was for; `unknown` when no route fits. */
export type RequestKind =
  'session' | 'moment' | 'consent' | 'ping' | 'pingtest' | 'conversion' | 'script' | 'collect' | 'page' | 'unknown';

/**
 * The sandbox's advice on a payload: that of `adviseOn`, and advice that only a platform can give (PROTOCOL K6, K15a).
 */
export interface SandboxAdvice {
  /** A code of `adviseOn`, or `no_session`: the moment's device had no open session. */
  readonly code: Advice['code'] | 'no_session';
  /** Path in the names of `DeviceContext`. */
  readonly path: string;
  /** What to do about it. */
  readonly message: string;
}

/** One request that reached the sandbox. */
export interface RecordedRequest {
  /** Counts the requests of this sandbox from 1. */
  readonly id: number;
  /** When its last byte had arrived. */
  readonly at: Date;
  /** Which part of the sandbox it was for. */
  readonly kind: RequestKind;
  /** The HTTP method. */
  readonly method: string;
  /** The path as sent, without the query. */
  readonly path: string;
  /** The query as sent, from its `?`; empty without a query. */
  readonly query: string;
  /** The headers, under lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The parsed value of a JSON body, else the text; `null` when there was none. */
  readonly body: unknown;
  /** The outcome in words: `moment: reward`, `rejected: device.locale is required`, `fault: status 503` … */
  readonly verdict: string;
  /** Advice on an accepted session or moment; empty for every other request. */
  readonly advice: readonly SandboxAdvice[];
  /** The status of the answer; `null` when a fault cut the connection first. */
  readonly status: number | null;
  /** The text of the answer, before a fault garbled or cut it; empty without an answer. */
  readonly answer: string;
  /** Milliseconds from its last byte to the end of the answer; `null` until then. */
  readonly durationMs: number | null;
}

/** A reward that the sandbox handed out. */
export interface SandboxReward {
  /** The `view.id` of the answer: begins with `test_` in test mode (PROTOCOL K17). */
  readonly id: string;
  /** The unit's id in `bodyUrl`, the same for every reward of one sandbox. */
  readonly unitId: string;
  /** The reward's name, as the notification shows it. */
  readonly name: string;
  /** Whether its moment was sent with `test: true`. */
  readonly isTest: boolean;
  /** The `moment.id` that was sent. */
  readonly momentId: string;
  /** The `device.locale` of the moment. */
  readonly locale: string;
  /** The `user.userid` of the moment; `null` without a user, and then the reward carries no virtual currency. */
  readonly userId: string | null;
  /** The `email_address` of the moment. */
  readonly emailAddress: string | null;
  /** `false` only when the moment's `close_button` hid it (PROTOCOL K8). */
  readonly closeButton: boolean;
  /** Where the reward page sends the player after the redemption (PROTOCOL K29). */
  readonly nativeUrl: string | null;
  /** The virtual currency in it; `null` when it carries none. */
  readonly virtual: VirtualCurrency | null;
  /** The address of its reward page. */
  readonly bodyUrl: string;
  /** When it was handed out. */
  readonly at: Date;
  /** When it was redeemed; `null` before. */
  readonly usedDate: Date | null;
}

/** The payment of a redemption or an issuance. */
export interface VirtualCurrency {
  /** The identifier of the currency, sent as `content`. */
  readonly content: string;
  /** The display name of the currency. */
  readonly name: string;
  /** How much is paid. */
  readonly quantity: number;
}

/** How the delivery of one callback went. */
export interface Delivery {
  /** Counts the deliveries from 1; with a `stateFile` the count continues after a restart. */
  readonly id: number;
  /** Which of the two messages was sent. */
  readonly type: 'redemption' | 'issuance';
  /** When its first attempt began. */
  readonly at: Date;
  /** Whether the endpoint answered 2xx in the end. */
  readonly delivered: boolean;
  /** Status of the last answer; `null` when there was none. */
  readonly status: number | null;
  /** How many POSTs were sent. */
  readonly attempts: number;
  /** Milliseconds from the first attempt to the last answer, pauses included. */
  readonly durationMs: number;
  /** The `id` of the first delivery with the same ids (PROTOCOL K26), which the endpoint must not credit again; `null` for the first one. */
  readonly repeats: number | null;
  /** The fields as sent, in wire names and with the signature. A quantity given as text stays text here. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** The `Content-Type` as it was sent. */
  readonly contentType: string;
  /** The body as it was sent. */
  readonly body: string;
  /** Start of the last answer's text, or why there was none. */
  readonly answer: string;
}

/** A player's consent as the platform would know it (PROTOCOL K14). */
export interface ComplianceRecord {
  /** Whether the player opted out of the sale of data. */
  readonly optedOut: boolean;
  /** A two-letter code of a US state, DC or territory; `null` when none was sent. */
  readonly state: string | null;
  /** When it arrived. */
  readonly at: Date;
}

/** One line of Kaminari's statistics (PROTOCOL M8). */
export interface KaminariRecord {
  /** The impression's id. */
  readonly kmnrId: string;
  /** The integration's key. */
  readonly kmnrKey: string;
  /** `paired`: ping and browser record matched. `script_only`: no ping within five minutes. `technical_losses`: no browser record. */
  readonly status: 'paired' | 'script_only' | 'technical_losses';
  /** The ping's fields, with the visitor's headers (PROTOCOL M4) under `headers`. */
  readonly ping: object | null;
  /** What the script collected and posted. */
  readonly browser: object | null;
  /** When it was written, by the sandbox's clock, which {@link SandboxKaminari.advance} moves. */
  readonly at: Date;
}

/** One conversion that was reported to Kaminari (PROTOCOL M10). */
export interface ConversionRecord {
  /** The integration's key. */
  readonly kmnrKey: string;
  /** The conversion's id, as the caller chose it. */
  readonly cnvId: string;
  /** How far the conversion went. */
  readonly status: 'l1' | 'l2' | 'l3' | 'l4';
  /** The payout as sent; `null` without one. */
  readonly payout: string | null;
  /** The ISO 4217 currency; `null` without one. */
  readonly currency: string | null;
  /** `sub1` … `sub10`, as sent. */
  readonly subs: Readonly<Record<string, string>>;
  /** The id of the reward it pays for, found in `cnvId` or a sub; `null` when it names no reward. */
  readonly rewardId: string | null;
  /** The impression whose page had the same `cnvId`; `null` when no page had it. */
  readonly kmnrId: string | null;
  /** When it arrived, by the sandbox's clock. */
  readonly at: Date;
}

/** An event for a listener of {@link Sandbox.subscribe}. */
export type SandboxEvent =
  | { readonly type: 'request'; readonly request: RecordedRequest }
  /** A reward was handed out or redeemed. */
  | { readonly type: 'reward'; readonly reward: SandboxReward }
  | { readonly type: 'delivery'; readonly delivery: Delivery }
  | { readonly type: 'kaminari'; readonly record: KaminariRecord }
  | { readonly type: 'conversion'; readonly conversion: ConversionRecord }
  /** The sandbox was reset. */
  | { readonly type: 'reset' };
