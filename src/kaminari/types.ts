/** The sub-tags of an impression or a conversion; what you do not use is not sent (PROTOCOL M1, M12). */
export type Subs = { readonly [name in SubName]?: string | undefined };

/** `sub1` … `sub10`. Kaminari's documents have seven; some integrations have the last three as well (PROTOCOL M12). */
export type SubName = (typeof SUB_NAMES)[number];

/** The names of the sub-tags, in the order in which they are sent. */
export const SUB_NAMES = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sub6', 'sub7', 'sub8', 'sub9', 'sub10'] as const;

/**
 * What Kaminari gets to know about the visitor, and nothing else (PROTOCOL M4). Made by `visitorFromRequest`, or by hand.
 *
 * It is personal data: do not log it.
 */
export interface Visitor {
  /** The visitor's own address, sent as `x-original-ip` and `x-real-ip` (PROTOCOL M4a). `''` when it is not known. */
  readonly ip: string;
  /** The addresses from the visitor to the last trusted proxy, sent as `x-forwarded-for`. `''` when not known. */
  readonly forwardedFor: string;
  /** The visitor's headers. Those that are not on the list of PROTOCOL M4 are never sent, whatever is put here. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One view of one page. */
export interface Impression {
  /** The same id as in the page's script. 1 to 200 characters, see `createImpressionId` (PROTOCOL M3). */
  readonly kmnrId: string;
  readonly subs?: Subs | undefined;
  readonly visitor: Visitor;
}

/** How far a conversion went; what each level stands for is agreed with Kaminari (PROTOCOL M10). */
export type ConversionStatus = 'l1' | 'l2' | 'l3' | 'l4';

/** Something of value that a visitor did, such as redeeming a reward (PROTOCOL M10). */
export interface Conversion {
  /** Your own id of the conversion, the same as in the page's script (`scriptTag` with `cnvId`). 1 to 200 characters. */
  readonly cnvId: string;
  readonly status: ConversionStatus;
  /** What the conversion is worth, in units of `currency`: from 0 to 999,999,999,999,999. */
  readonly payout?: number | undefined;
  /** A currency of ISO 4217: three capital letters, such as `USD`. */
  readonly currency?: string | undefined;
  readonly subs?: Subs | undefined;
}

/**
 * How a ping or a conversion ended. `attempts` counts the requests made.
 *
 * - `delivered`: Kaminari accepted it.
 * - `rejected`: Kaminari said no, and repeating would not help; `httpStatus` is what it said.
 * - `expired`: not accepted within the window (PROTOCOL M2); later would be useless.
 * - `aborted`: your signal, or `close()`.
 * - `dropped`: `maxPending` of them were waiting already; nothing was sent.
 */
export type PingResult =
  | { readonly status: 'delivered'; readonly attempts: number }
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly attempts: number }
  | { readonly status: 'expired' | 'aborted' | 'dropped'; readonly attempts: number };

/** The calls of a `KaminariClient`, as its events name them. */
export type KaminariOperation = 'ping' | 'pingtest' | 'conversion';

/** A request of a call. It never holds an id, a header or an address. */
export interface PingEvent {
  /** Which call it belongs to. */
  readonly operation: KaminariOperation;
  /** Counts the requests of the call from 1. */
  readonly attempt: number;
  /** Kaminari's host, with its port. */
  readonly host: string;
}

/** An answer, whatever its status. */
export interface PingResponseEvent extends PingEvent {
  /** The HTTP status. */
  readonly status: number;
  /** Milliseconds from handing the request to the transport to the end of the answer. */
  readonly durationMs: number;
}

/** A ping or a conversion that will be sent again. */
export interface PingRetryEvent extends PingEvent {
  /** Milliseconds until the next request. */
  readonly delayMs: number;
  /** Why it is sent again. */
  readonly code: RetryCode;
  /** The answer's status; `null` for `connection` and `timeout`. */
  readonly status: number | null;
}

/** How a call ended. */
export interface PingSettledEvent {
  /** Which call it was. */
  readonly operation: KaminariOperation;
  /** Kaminari's host, with its port. */
  readonly host: string;
  /** How a ping or a conversion ended; ping tests have none. */
  readonly result?: PingResult;
  /** The requests made; 0 when nothing was sent. */
  readonly attempts: number;
  /** Milliseconds from the call to its end, queueing and pauses included. */
  readonly durationMs: number;
  /** `accepted` is a ping or a conversion that was delivered, or a test that was answered. */
  readonly outcome: 'accepted' | 'error';
  /** Why, for an `error`: the status of the result, or the `code` of the test's error. */
  readonly code?: string;
}

/**
 * Functions told of every request, answer and retry, and of the end of every call, for logs and metrics. A hook that throws is warned
 * about once and breaks nothing. The same events go out on diagnostics channels (docs/telemetry.md).
 */
export interface KaminariHooks {
  /** Told when a request is handed to the transport. */
  onRequest?(event: PingEvent): void;
  /** Told when an answer is complete. */
  onResponse?(event: PingResponseEvent): void;
  /** Told before the pause that precedes a repetition. */
  onRetry?(event: PingRetryEvent): void;
  /** Told once for each call; the only way to learn how the pings of `middleware` ended. */
  onSettled?(event: PingSettledEvent): void;
}

/** Why it is sent again: a ping's 204 is `not_yet`, another status that may change is `http_status`. */
export type RetryCode = 'not_yet' | 'http_status' | 'connection' | 'timeout';
