import type { Operation } from '../errors/index.js';

/** How a call ended, told once for every call. */
export interface SettledEvent {
  readonly operation: Operation;
  /** The requests made; 0 when nothing was sent. */
  readonly attempts: number;
  /** Milliseconds from the call to its end, queueing and pauses included. */
  readonly durationMs: number;
  /** `accepted` is a session call, a ping or a ping test that worked; a moment is `rewarded` or `no_reward`. */
  readonly outcome: 'accepted' | 'rewarded' | 'no_reward' | 'blocked_country' | 'error';
  /** Why, for an `error`: the error's `code`, or how a ping ended. */
  readonly code?: string;
}

/** What a policy says of a result; the loop adds the rest of a {@link SettledEvent}. */
export interface Summary {
  readonly outcome: SettledEvent['outcome'];
  readonly code?: string;
  readonly result?: unknown;
}

/** The hooks that every client has, as far as the loop goes: each client types their events. */
export interface LoopHooks {
  onRequest?(event: never): unknown;
  onResponse?(event: never): unknown;
  onRetry?(event: never): unknown;
  onSettled?(event: never): unknown;
}
