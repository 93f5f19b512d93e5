import type { SessionEvent } from '../request/context.js';

/** Options of one session call. The limits override the client's. */
export interface SessionOptions {
  /** When the session started or ended. A moment ignores it. @defaultValue now */
  at?: Date | undefined;
  /**
   * Ends the call with `KiipAbortError`, whether it is queued, connecting, reading or pausing. Any number of calls may
   * share one signal.
   * @defaultValue none
   */
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, connecting included. @defaultValue the client's `timeoutMs` */
  timeoutMs?: number | undefined;
  /**
   * Milliseconds for the whole call: queueing, every attempt and every pause.
   * @defaultValue the client's `deadlineMs`
   */
  deadlineMs?: number | undefined;
}

/** Options of one moment. The limits override the client's. */
export interface MomentOptions extends SessionOptions {
  /** Session events to report with the moment (PROTOCOL K4). @defaultValue none */
  events?: readonly SessionEvent[] | undefined;
}

/** Fills in `at`. Returns anything that is not an object as it is, so that the client refuses it. */
export function fillTime<Options extends SessionOptions | undefined>(options: Options, at: Date | undefined) {
  if (options !== undefined && (typeof options !== 'object' || options === null)) return options;
  return { ...options, at: options?.at ?? at };
}
