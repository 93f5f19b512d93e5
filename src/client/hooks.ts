import type { SettledEvent as AnySettledEvent } from '../call/events.js';
import type { Operation } from '../errors/index.js';

/** The operations of a client of the platform. */
export type PlatformOperation = Extract<Operation, 'session_start' | 'session_end' | 'moment' | 'consent'>;

/** A request of a call. It holds no personal data and no secret. */
export interface CallEvent {
  /** The call that the request belongs to. */
  readonly operation: 'session_start' | 'session_end' | 'moment' | 'consent';
  /** Counts the requests of the call from 1. */
  readonly attempt: number;
  /** The platform's host, with its port. */
  readonly host: string;
}

/** An answer with any status, even one whose body broke off. */
export interface ResponseEvent extends CallEvent {
  /** The HTTP status. */
  readonly status: number;
  /** Milliseconds from handing the request to the transport to the end of the answer. */
  readonly durationMs: number;
}

/** A failed request that will be repeated. */
export interface RetryEvent extends CallEvent {
  /** Milliseconds until the next request. */
  readonly delayMs: number;
  /** Why: `http_status`, `connection` or `timeout`. */
  readonly code: string;
}

/**
 * How a call ended. It is reported once for every call, even for one that was refused before anything was sent
 * (`attempts` is 0 then). A call whose input breaks a rule (`KiipValidationError`) is not reported.
 */
export interface SettledEvent extends AnySettledEvent {
  /** Which call it was. */
  readonly operation: CallEvent['operation'];
}

/**
 * Functions that are called for every request, answer and retry, and for the end of every call. Use them for logs and
 * metrics. When a hook throws or rejects, the process gets one warning and the call goes on.
 *
 * The same events go out on the `diagnostics_channel`s `kiip-s2s:request`, `kiip-s2s:response`, `kiip-s2s:retry` and
 * `kiip-s2s:settled`, and the tracing channel `kiip-s2s:call` spans every call (docs/telemetry.md).
 */
export interface Hooks {
  /** Called when a request is handed to the transport. */
  onRequest?(event: CallEvent): void;
  /** Called when an answer is complete. */
  onResponse?(event: ResponseEvent): void;
  /** Called before the pause that precedes a retry. */
  onRetry?(event: RetryEvent): void;
  /** Called once when a call has ended, with or without an error. */
  onSettled?(event: SettledEvent): void;
}
