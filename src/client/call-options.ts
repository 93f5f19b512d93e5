import type { SessionEvent } from '../request/context.js';

/** Options of one session call. The limits override the client's. */
export interface SessionOptions {
  /** The time at which the session started or ended; without effect on a moment. @defaultValue now */
  at?: Date | undefined;
  /**
   * Ends the call at any moment with `KiipAbortError`: queued, connecting, reading, or between attempts. Any number of calls may share
   * one. @defaultValue none
   */
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, connecting included. @defaultValue the client's `timeoutMs` */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call: queueing, every attempt and every pause. @defaultValue the client's `deadlineMs` */
  deadlineMs?: number | undefined;
}

/** Options of one moment. The limits override the client's. */
export interface MomentOptions extends SessionOptions {
  /** Session events to report along with the moment (PROTOCOL K4). @defaultValue none */
  events?: readonly SessionEvent[] | undefined;
}
