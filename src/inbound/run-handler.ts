import { withinTimeLimit } from '../check/time-limit.js';

/** The handler was still running at `handlerTimeoutMs`. Internal: it ends as a 500 and in `onError`. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** Rejects at the limit, whether or not the handler listens to its signal: the sender waits for an answer. */
export async function runHandler(limitMs: number, handler: (signal: AbortSignal) => unknown): Promise<void> {
  const controller = new AbortController();
  const makeError = (): Error => {
    const error = new HandlerTimeoutError(`The handler took longer than handlerTimeoutMs (${limitMs} ms).`);
    // Later, so that the ledger ends the transaction on the time limit, not on what the handler makes of its signal.
    queueMicrotask(() => controller.abort(error));
    return error;
  };
  await withinTimeLimit(
    (async () => handler(controller.signal))().then(() => undefined),
    limitMs,
    makeError,
  );
}
