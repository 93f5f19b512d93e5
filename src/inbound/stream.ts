import type { BodyLimits, FoundBody } from './request.js';

/** A body that may still be in a stream, of whichever kind the host has. */
export interface BodyStream {
  /**
   * `unread`: nobody has read from it. `flowing`: somebody else is reading it now. `gone`: somebody has read it, or it
   * broke.
   */
  state(): 'unread' | 'flowing' | 'gone';
  /** Reads an unread stream to its end. */
  read(limits: BodyLimits): Promise<FoundBody>;
  /**
   * Waits until somebody else has read the stream. Resolves with `null` then, or with an outcome when that takes too
   * long.
   */
  waitForEnd(limits: BodyLimits): Promise<FoundBody | null>;
}

export const unreadable = (reason: 'interrupted' | 'timeout' | 'too_large' | 'compressed'): FoundBody => ({
  kind: 'unreadable',
  reason,
});
