import type { PingResult } from './ping-result.js';

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
 * Functions for logs and metrics, called for every request, answer and retry, and once when a call ends. If a hook
 * throws, the process gets one warning and the call goes on. The same events go out on diagnostics channels
 * (docs/telemetry.md).
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

/**
 * Why a ping or a conversion is sent again. `not_yet`: Kaminari answered a ping with 204. `http_status`: it answered
 * with 429 or 5xx. `connection`: the connection failed. `timeout`: no answer came within `timeoutMs`.
 */
export type RetryCode = 'not_yet' | 'http_status' | 'connection' | 'timeout';
