import { KiipError } from './kiip-error.js';

/** The call that an error belongs to. */
export type Operation = 'session_start' | 'session_end' | 'moment' | 'consent' | 'ping' | 'pingtest' | 'conversion';

/** What every failure of a call carries. */
export interface CallFacts {
  /** The call that failed. */
  readonly operation: Operation;
  /** Requests made, the failed one included; 0 when nothing was sent. */
  readonly attempts: number;
}

/** A call to the platform or to Kaminari failed. Each kind of failure has a class of its own. */
export abstract class KiipCallError extends KiipError {
  /** The call that failed. */
  readonly operation: Operation;
  /** Requests made, the failed one included; 0 when nothing was sent. */
  readonly attempts: number;

  constructor(message: string, facts: CallFacts) {
    super(message);
    this.operation = facts.operation;
    this.attempts = facts.attempts;
  }
}
