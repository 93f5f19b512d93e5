import type { SettledEvent as AnySettledEvent } from '../call/events.js';
import type { Operation } from '../errors/index.js';

/** The operations that a client of the platform knows. */
export type PlatformOperation = Extract<Operation, 'session_start' | 'session_end' | 'moment' | 'consent'>;

/** A request of a call. Holds no personal data and no secret. */
export interface CallEvent {
  /** Which call it belongs to. */
  readonly operation: 'session_start' | 'session_end' | 'moment' | 'consent';
  /** Counts the requests of the call from 1. */
  readonly attempt: number;
  /** The platform's host, with its port. */
  readonly host: string;
}

/** An answer, whatever its status, also one whose body broke off. */
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
 * How a call ended. Told once for every call, also for one that was refused before anything was sent (`attempts` is 0 then). Input that
 * breaks a rule (`KiipValidationError`) is no call.
 */
export interface SettledEvent extends AnySettledEvent {
  /** Which call it was. */
  readonly operation: CallEvent['operation'];
}

/**
 * Functions told of every request, answer and retry, and of the end of every call, for logs and metrics. A hook that throws is warned
 * about once and breaks nothing.
 *
 * The same events go out on the `diagnostics_channel`s `kiip-s2s:request`, `kiip-s2s:response`, `kiip-s2s:retry` and `kiip-s2s:settled`,
 * and the tracing channel `kiip-s2s:call` spans every call (docs/telemetry.md).
 */
export interface Hooks {
  /** Told when a request is handed to the transport. */
  onRequest?(event: CallEvent): void;
  /** Told when an answer is complete. */
  onResponse?(event: ResponseEvent): void;
  /** Told before the pause that precedes a repetition. */
  onRetry?(event: RetryEvent): void;
  /** Told once when a call has ended, whichever way. */
  onSettled?(event: SettledEvent): void;
}
