/** The sub-tags of an impression; what you do not use is not sent (PROTOCOL M1). */
export type Subs = { readonly [name in SubName]?: string | undefined };

/** `sub1` … `sub7`. */
export type SubName = (typeof SUB_NAMES)[number];

/** The names of the seven sub-tags, in the order in which they are sent. */
export const SUB_NAMES = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sub6', 'sub7'] as const;

/**
 * What Kaminari gets to know about the visitor, and nothing else (PROTOCOL M4). Made by `visitorFromRequest`, or by hand.
 *
 * It is personal data: do not log it.
 */
export interface Visitor {
  /** The visitor's own address, sent as `x-original-ip`. `''` when it is not known. */
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

/**
 * How a ping ended. `attempts` counts the requests made.
 *
 * - `delivered`: Kaminari accepted it.
 * - `rejected`: Kaminari said no, and repeating would not help; `httpStatus` is what it said.
 * - `expired`: not accepted within the window (PROTOCOL M2); later would be useless.
 * - `aborted`: your signal, or `close()`.
 * - `dropped`: `maxPending` pings were waiting already; nothing was sent.
 */
export type PingResult =
  | { readonly status: 'delivered'; readonly attempts: number }
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly attempts: number }
  | { readonly status: 'expired' | 'aborted' | 'dropped'; readonly attempts: number };

/** What a hook is told: never an id, a header or an address. */
export interface PingEvent {
  readonly operation: 'ping' | 'pingtest';
  /** 1 for the first request. */
  readonly attempt: number;
  readonly host: string;
}

/** For metrics and logs. A hook that throws is warned about once and breaks nothing. */
export interface KaminariHooks {
  onRequest?(event: PingEvent): void;
  onResponse?(event: PingEvent & { readonly status: number; readonly durationMs: number }): void;
  /** `code`: `http_status` with its `status`, or `connection` or `timeout` with `status: null`. A 204 is a `not_yet`. */
  onRetry?(
    event: PingEvent & { readonly delayMs: number; readonly code: RetryCode; readonly status: number | null },
  ): void;
  /** Once for each ping; the only way to learn how the pings of `middleware` ended. */
  onSettled?(event: { readonly host: string; readonly result: PingResult; readonly durationMs: number }): void;
}

/** Why a ping is sent again. */
export type RetryCode = 'not_yet' | 'http_status' | 'connection' | 'timeout';
