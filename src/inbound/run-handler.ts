import { withinTimeLimit } from '../check/time-limit.js';
import { HandlerSignal } from './handler-signal.js';

/** The handler was still running at `handlerTimeoutMs`. The answer is a 500, and `onError` gets this error. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** A ledger's claim on the message while the handler runs. */
interface Claim {
  onLost(listener: (reason: Error) => void): void;
}

/**
 * Runs the handler. Rejects at the time limit even when the handler ignores its signal, because the sender waits for an
 * answer.
 */
export function runHandler(
  limitMs: number,
  claim: Claim | undefined,
  handler: (source: HandlerSignal) => unknown,
): Promise<void> {
  const source = new HandlerSignal();
  claim?.onLost((reason) => source.abort(reason));
  const makeError = (): Error => {
    const error = new HandlerTimeoutError(
      `The handler took longer than handlerTimeoutMs (${limitMs} ms): make it faster, or raise the limit.`,
    );
    // Abort a little later, so that the time limit ends the ledger's transaction, and not the handler's reaction to the
    // signal.
    queueMicrotask(() => source.abort(error));
    return error;
  };
  const work = async (): Promise<void> => void (await handler(source));
  return withinTimeLimit(work(), limitMs, makeError);
}
