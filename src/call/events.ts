import { isKiipError, type Operation } from '../errors/index.js';

/** How a call ended, reported once for every call. */
export interface SettledEvent {
  readonly operation: Operation;
  /** The requests made; 0 when nothing was sent. */
  readonly attempts: number;
  /** Milliseconds from the call to its end, queueing and pauses included. */
  readonly durationMs: number;
  /**
   * `accepted` is a session call, a ping, a ping test or a conversion that worked; a moment is `rewarded` or
   * `no_reward`.
   */
  readonly outcome: 'accepted' | 'rewarded' | 'no_reward' | 'blocked_country' | 'error';
  /** The reason of an `error`: the error's `code`, or how a ping or a conversion ended. */
  readonly code?: string;
}

/** A policy's summary of a result; the loop adds the rest of a {@link SettledEvent}. */
export interface Summary {
  readonly outcome: SettledEvent['outcome'];
  readonly code?: string;
  readonly result?: unknown;
}

/** The hooks of every client, as the loop calls them. Each client types the events. */
export interface LoopHooks {
  onRequest?(event: never): unknown;
  onResponse?(event: never): unknown;
  onRetry?(event: never): unknown;
  onSettled?(event: never): unknown;
}

/** Summarizes a call that failed, for hooks. */
export function describeError(error: unknown): Summary {
  return { outcome: 'error', code: isKiipError(error) ? error.code : 'unknown' };
}
