import { withinTimeLimit } from '../check/time-limit.js';
import { HandlerSignal } from './handler-signal.js';

/** The handler was still running at `handlerTimeoutMs`. Internal: it ends as a 500 and in `onError`. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** What a ledger may tell about its hold on the message while the handler runs. */
interface Claim {
  onLost(listener: (reason: Error) => void): void;
}

/** Rejects at the limit, whether or not the handler listens to its signal: the sender waits for an answer. */
export async function runHandler(
  limitMs: number,
  claim: Claim | undefined,
  handler: (source: HandlerSignal) => unknown,
): Promise<void> {
  const source = new HandlerSignal();
  claim?.onLost((reason) => source.abort(reason));
  const makeError = (): Error => {
    const error = new HandlerTimeoutError(`The handler took longer than handlerTimeoutMs (${limitMs} ms).`);
    // Later, so that the ledger ends the transaction on the time limit, not on what the handler makes of its signal.
    queueMicrotask(() => source.abort(error));
    return error;
  };
  await withinTimeLimit(
    (async () => handler(source))().then(() => undefined),
    limitMs,
    makeError,
  );
}
