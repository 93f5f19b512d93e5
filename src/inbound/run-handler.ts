import { withinTimeLimit } from '../check/time-limit.js';
import { HandlerSignal } from './handler-signal.js';

/** The handler was still running at `handlerTimeoutMs`. Internal: it becomes a 500, and `onError` gets it. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** A ledger's claim on the message while the handler runs. */
interface Claim {
  onLost(listener: (reason: Error) => void): void;
}

/** Runs the handler. Rejects at the time limit even when the handler ignores its signal, because the sender waits for an answer. */
export async function runHandler(
  limitMs: number,
  claim: Claim | undefined,
  handler: (source: HandlerSignal) => unknown,
): Promise<void> {
  const source = new HandlerSignal();
  claim?.onLost((reason) => source.abort(reason));
  const makeError = (): Error => {
    const error = new HandlerTimeoutError(`The handler took longer than handlerTimeoutMs (${limitMs} ms).`);
    // Abort later, so that the ledger ends the transaction because of the time limit and not because of the handler's reaction.
    queueMicrotask(() => source.abort(error));
    return error;
  };
  await withinTimeLimit(
    (async () => handler(source))().then(() => undefined),
    limitMs,
    makeError,
  );
}
