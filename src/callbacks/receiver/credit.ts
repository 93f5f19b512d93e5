import { KiipConfigError } from '../../errors/index.js';
import { refused, type Outcome } from '../../inbound/outcome.js';
import { refusals, type Refusal } from '../../inbound/refusals.js';
import { describeKind } from '../../inbound/reporter.js';
import { runHandler } from '../../inbound/run-handler.js';
import { withinTimeLimit } from '../../check/time-limit.js';
import type { RewardBook } from '../../stores/reward-book.js';
import type { CallbackEvent } from '../event/event.js';
import { isPositiveInteger } from '../event/quantity.js';
import type { Verified } from '../verify.js';
import type { CallbackContext, CallbackErrorInfo, ReceiverSettings } from './callback-receiver-options.js';

const NOT_COUNTABLE =
  "The callback has a quantity that is not a whole number above 0. If your currency has such amounts, set quantity: 'any'.";

const unknownReward = (status: number): Refusal => ({
  status,
  code: 'unknown_reward',
  advice:
    'The callback is signed, but the rewardBook has no reward with this id, user and quantity: the callback was changed on its way, somebody else has the secret, or a client without the rewardBook asked for the reward.',
});

/** The book failed under `unknownReward: 'report'`, where no answer of the book could have stopped the credit. */
const uncheckedReward = (error: unknown): Refusal => ({
  status: 200,
  code: 'unchecked_reward',
  advice: `The rewardBook failed (${describeKind(error)}), so the callback was credited unchecked. Check the book's store.`,
});

/** What the reward book says. `known` is `null` when the book failed, and `undefined` without a book. */
interface BookAnswer {
  readonly known: boolean | null | undefined;
  readonly report?: Refusal;
}

const NO_BOOK: BookAnswer = { known: undefined };

/** Credits a verified callback once, if its quantity and its reward are acceptable. */
export async function credit<Tx>(
  { event, secretIndex }: Verified,
  settings: ReceiverSettings<Tx>,
): Promise<Outcome<CallbackErrorInfo>> {
  if (settings.quantity === 'positive_integer' && !isPositiveInteger(event.quantityText))
    return refused(refusals.malformed(NOT_COUNTABLE));
  const handler = findHandler(event, settings);
  if (handler === null)
    return { kind: 'failed', error: describeMissing(event), info: { event }, warning: 'NO_HANDLER' };
  try {
    const { rewardBook } = settings;
    const { known, report } = rewardBook === undefined ? NO_BOOK : await askBook(rewardBook, event, settings);
    if (known === false && settings.unknownReward === 'refuse') return refused(unknownReward(401));
    const outcome = await settings.ledger.run(event.dedupKeys, (tx, claim) =>
      runHandler(settings.handlerTimeoutMs, claim, (source) =>
        handler({
          tx,
          get signal() {
            return source.signal;
          },
          secretIndex,
          known,
        }),
      ),
    );
    if (outcome === 'busy') return refused(refusals.busy());
    return { kind: 'done', result: outcome, report: outcome === 'processed' ? report : undefined };
  } catch (error) {
    return { kind: 'failed', error, info: { event } };
  }
}

function findHandler<Tx>(
  event: CallbackEvent,
  { onRedemption, onIssuance }: ReceiverSettings<Tx>,
): ((context: CallbackContext<Tx>) => unknown) | null {
  if (event.type === 'redemption') return onRedemption ? (context) => onRedemption(event, context) : null;
  return onIssuance ? (context) => onIssuance(event, context) : null;
}

function describeMissing({ type }: CallbackEvent): KiipConfigError {
  const path = type === 'redemption' ? 'onRedemption' : 'onIssuance';
  return new KiipConfigError(
    `The receiver has no ${path}, so a verified ${type} was not credited: pass that handler.`,
    [{ path, message: `is missing, and a verified ${type} came` }],
  );
}

/** Asks the book, and decides what its failure means: under `'refuse'`, nothing is credited unchecked. */
async function askBook<Tx>(
  book: Pick<RewardBook, 'find'>,
  event: CallbackEvent,
  settings: ReceiverSettings<Tx>,
): Promise<BookAnswer> {
  try {
    const known = await isKnown(book, event, settings.handlerTimeoutMs);
    return known === false ? { known, report: unknownReward(200) } : { known };
  } catch (error) {
    if (settings.unknownReward === 'refuse') throw error;
    return { known: null, report: uncheckedReward(error) };
  }
}

/** Whether the book knows the reward. An issuance's amount is not compared, because a later event decides it. */
async function isKnown(book: Pick<RewardBook, 'find'>, event: CallbackEvent, limitMs: number): Promise<boolean> {
  // A redemption's signature also fits an issuance with an empty nonce and origin, whose quantity would go unchecked.
  if (event.type === 'issuance' && event.nonce === '') return false;
  const late = (): Error =>
    new Error(`rewardBook.find() took longer than handlerTimeoutMs (${limitMs} ms): check the book's store.`);
  const reward = await withinTimeLimit(book.find(event.transactionId), limitMs, late);
  return reward?.matches(event.userId, event.type === 'redemption' ? event.quantity : null) ?? false;
}
