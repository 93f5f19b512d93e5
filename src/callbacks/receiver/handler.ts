import { HandlerSignal } from '../../inbound/handler-signal.js';
import type { LedgerClaim } from '../../stores/ledger.js';
import type { CallbackEvent } from '../event/event.js';
import type { CallbackContext, CallbackReceiverOptions } from './options.js';

/** The handler was still running at `handlerTimeoutMs`. Internal: it ends as a 500 and in `onError`. */
class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

type Work<Tx> = (tx: Tx, claim?: LedgerClaim) => Promise<void>;

/** The handler for this kind of event with the event in it, or `null` when the receiver has none. */
export function handlerOf<Tx>(
  event: CallbackEvent,
  { onRedemption, onIssuance, handlerTimeoutMs }: CallbackReceiverOptions<Tx> & { readonly handlerTimeoutMs: number },
): Work<Tx> | null {
  const bind =
    (handler: (context: CallbackContext<Tx>) => unknown): Work<Tx> =>
    (tx, claim) =>
      withinLimit(handlerTimeoutMs, claim, (source) => handler(buildContext(tx, source)));
  if (event.type === 'redemption')
    return onRedemption === undefined ? null : bind((context) => onRedemption(event, context));
  return onIssuance === undefined ? null : bind((context) => onIssuance(event, context));
}

/** `signal` is made when the handler looks at it. */
export function buildContext<Tx>(tx: Tx, source: HandlerSignal): CallbackContext<Tx> {
  return {
    tx,
    get signal() {
      return source.signal;
    },
  };
}

/** Rejects at the limit, whether or not the work listens to its signal: the platform waits for an answer. */
export async function withinLimit(
  limitMs: number,
  claim: LedgerClaim | undefined,
  work: (source: HandlerSignal) => unknown,
): Promise<void> {
  const source = new HandlerSignal();
  claim?.onLost((reason) => source.abort(reason));
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new HandlerTimeoutError(
        `The callback's handler took longer than handlerTimeoutMs (${limitMs} ms).`,
      );
      // In this order: the ledger must end the transaction on the time limit, not on what the handler makes of its signal.
      reject(error);
      source.abort(error);
    }, limitMs);
  });
  try {
    await Promise.race([(async () => work(source))(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
