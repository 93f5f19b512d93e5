/** The sub-tags of an impression or a conversion. Unused ones are not sent (PROTOCOL M1, M12). */
export type Subs = { readonly [name in SubName]?: string | undefined };

/** `sub1` … `sub10`. Kaminari documents seven; some integrations also have the last three (PROTOCOL M12). */
export type SubName = (typeof SUB_NAMES)[number];

/** The names of the sub-tags, in sending order. */
export const SUB_NAMES = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sub6', 'sub7', 'sub8', 'sub9', 'sub10'] as const;

/**
 * Everything that Kaminari learns about the visitor (PROTOCOL M4). Build it with `visitorFromRequest` or by hand.
 *
 * This is personal data: do not log it.
 */
export interface Visitor {
  /** The visitor's own address, sent as `x-original-ip` and `x-real-ip` (PROTOCOL M4a). `''` if unknown. */
  readonly ip: string;
  /** The addresses from the visitor to the last trusted proxy, sent as `x-forwarded-for`. `''` if unknown. */
  readonly forwardedFor: string;
  /** The visitor's headers. Only those listed in PROTOCOL M4 are ever sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One view of one page. */
export interface Impression {
  /** The id that the page's script carries too, 1 to 200 characters; see `createImpressionId` (PROTOCOL M3). */
  readonly kmnrId: string;
  /** The sub-tags of this view. @defaultValue none */
  readonly subs?: Subs | undefined;
  /** Who asked for the page; see `visitorFromRequest`. */
  readonly visitor: Visitor;
}

/** How far a conversion went. You agree on the meaning of each level with Kaminari (PROTOCOL M10). */
export type ConversionStatus = 'l1' | 'l2' | 'l3' | 'l4';

/** Something of value that a visitor did, such as redeeming a reward (PROTOCOL M10). */
export interface Conversion {
  /** Your id of the conversion, 1 to 200 characters; the page's script carries it too (`scriptTag` with `cnvId`). */
  readonly cnvId: string;
  /** How far it went. */
  readonly status: ConversionStatus;
  /** The value of the conversion, in units of `currency`, from 0 to 999,999,999,999,999. @defaultValue none */
  readonly payout?: number | undefined;
  /** An ISO 4217 currency code in capital letters, such as `USD`. @defaultValue none */
  readonly currency?: string | undefined;
  /** The sub-tags of this conversion. @defaultValue none */
  readonly subs?: Subs | undefined;
}

/**
 * How a ping or a conversion ended. `attempts` counts the requests made.
 *
 * - `delivered`: Kaminari accepted it.
 * - `rejected`: Kaminari refused it with `httpStatus`, and repeating would not help.
 * - `expired`: Kaminari did not accept it within the window (PROTOCOL M2).
 * - `aborted`: your signal or `close()` ended it.
 * - `dropped`: `maxPending` deliveries were already pending; nothing was sent.
 */
export type PingResult =
  | { readonly status: 'delivered'; readonly attempts: number }
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly attempts: number }
  | { readonly status: 'expired' | 'aborted' | 'dropped'; readonly attempts: number };

/** The calls of a `KaminariClient`, as its events name them. */
export type KaminariOperation = 'ping' | 'pingtest' | 'conversion';

/** A request of a call. The event never holds an id, a header or an address. */
export interface PingEvent {
  /** The call that it belongs to. */
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
  /** Milliseconds from handing the request to the transport until the answer is complete. */
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
  readonly result?: PingResult | undefined;
  /** The requests made; 0 when nothing was sent. */
  readonly attempts: number;
  /** Milliseconds from the call to its end, queueing and pauses included. */
  readonly durationMs: number;
  /** `accepted` is a ping or a conversion that was delivered, or a test that was answered. */
  readonly outcome: 'accepted' | 'error';
  /** The reason for an `error`: the status of the result, or the `code` of the ping test's error. */
  readonly code?: string | undefined;
}

/**
 * Functions that hear of every request, answer and retry, and of how each call ended, for logs and metrics. If a hook throws, the process gets one
 * warning and the call goes on. The same events go out on diagnostics channels (docs/telemetry.md).
 */
export interface KaminariHooks {
  /** Called when a request is handed to the transport. */
  onRequest?(event: PingEvent): void;
  /** Called when an answer is complete. */
  onResponse?(event: PingResponseEvent): void;
  /** Called before the pause that precedes a repetition. */
  onRetry?(event: PingRetryEvent): void;
  /** Called once for each call. The only way to learn how the pings of `middleware` ended. */
  onSettled?(event: PingSettledEvent): void;
}

/** Why it is sent again: a ping's 204 is `not_yet`, another status that may change is `http_status`. */
export type RetryCode = 'not_yet' | 'http_status' | 'connection' | 'timeout';
