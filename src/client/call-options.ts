import type { SessionEvent } from '../request/context.js';

/** Options of one session call; the limits override the client's. */
export interface SessionOptions {
  /** When the session started or ended; without effect on a moment. @defaultValue now */
  at?: Date | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt. */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call. */
  deadlineMs?: number | undefined;
}

/** Options of one moment; the limits override the client's. */
export interface MomentOptions extends SessionOptions {
  /** Session events to report along with the moment (PROTOCOL K4). */
  events?: readonly SessionEvent[] | undefined;
}
