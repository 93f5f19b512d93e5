import { findTracingChannel, isListened, type Traced, type TracingChannel } from '../diagnostics/channels.js';
import { isKiipError } from '../errors/index.js';
import type { Outcome } from './outcome.js';
import type { MessageName } from './reporter.js';

/** The type of a message, known once it has been read. */
export type MessageType = 'redemption' | 'issuance' | 'ping_back';

/**
 * The context object of the tracing channel `kiip-s2s:callback`. Only `message` is set at `start`; the rest is complete
 * at `asyncEnd`.
 */
export interface MessageTrace extends Traced {
  readonly message: MessageName;
  type?: MessageType;
  outcome?: 'processed' | 'duplicate' | 'busy' | 'refused' | 'failed';
  /**
   * Why it was not credited, or was credited with a report: the answer's `error` word, a `KiipError`'s code,
   * `unknown_reward` or `unchecked_reward`.
   */
  code?: string;
  /** The status of the answer. */
  status?: number;
  durationMs?: number;
}

const messages = findTracingChannel('kiip-s2s:callback');

/** Finds the tracing channel around incoming messages, if it has a subscriber. */
export function findListenedTrace(): TracingChannel | undefined {
  return messages !== undefined && isListened(messages) ? messages : undefined;
}

/**
 * Describes an outcome for `asyncEnd`. Of an error it keeps only our own code, because messages may quote a row or a
 * user.
 */
export function describeOutcome(outcome: Outcome<unknown>): Pick<MessageTrace, 'outcome' | 'code'> {
  switch (outcome.kind) {
    case 'done':
      return { outcome: outcome.result, ...(outcome.report !== undefined && { code: outcome.report.code }) };
    case 'failed':
      return { outcome: 'failed', code: isKiipError(outcome.error) ? outcome.error.code : 'not_processed' };
    case 'refused': {
      const { code } = outcome.refusal;
      return { outcome: code === 'busy' ? 'busy' : 'refused', code };
    }
  }
}
