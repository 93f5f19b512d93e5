import type { CallbackEvent } from '../event/event.js';
import type { CallbackReceiverOptions } from './options.js';

/** The handler was still running at `handlerTimeoutMs`. Internal: it ends as a 500 and in `onError`. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** The handler for this kind of event with the event in it, or `null` when the receiver has none. */
export function handlerOf<Tx>(
  event: CallbackEvent,
  { onRedemption, onIssuance, handlerTimeoutMs }: CallbackReceiverOptions<Tx> & { readonly handlerTimeoutMs: number },
): ((tx: Tx) => Promise<void>) | null {
  if (event.type === 'redemption') {
    if (onRedemption === undefined) return null;
    return (tx) => withinLimit(handlerTimeoutMs, async (signal) => onRedemption(event, { tx, signal }));
  }
  if (onIssuance === undefined) return null;
  return (tx) => withinLimit(handlerTimeoutMs, async (signal) => onIssuance(event, { tx, signal }));
}

/** Rejects at the limit, whether or not the work listens to its signal: the platform waits for an answer. */
export async function withinLimit(limitMs: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new HandlerTimeoutError(
        `The callback's handler took longer than handlerTimeoutMs (${limitMs} ms).`,
      );
      // In this order: the ledger must end the transaction on the time limit, not on what the handler makes of its signal.
      reject(error);
      controller.abort(error);
    }, limitMs);
  });
  try {
    await Promise.race([work(controller.signal), limit]);
  } finally {
    clearTimeout(timer);
  }
}
