import { listOptionIssues, refuseOptions } from '../../check/check-options.js';
import { callable, having } from '../../check/rules.js';
import { warnOnce } from '../../check/warn.js';
import { readLimits, receiverFields, type ReceiverOptions } from '../../inbound/receiver-options.js';
import { memoryLedger } from '../../stores/memory/ledger.js';
import type { LedgerRunner } from '../../stores/ledger.js';
import type { RewardBook } from '../../stores/reward-book.js';
import * as z from '../../zod.js';
import type { CallbackEvent, IssuanceEvent, RedemptionEvent } from '../event/event.js';
import { formulaField, isSecret, SECRET_RULE, type VerifyOptions } from '../verify-options.js';

/** What a handler gets as its second argument. */
export interface CallbackContext<Tx> {
  /** The ledger's transaction: write the credit with it, so that credit and claim commit or vanish together. */
  readonly tx: Tx;
  /**
   * Aborts at `handlerTimeoutMs`: by then `tx` is closed and the callback has been answered with 500. Also aborts when
   * the ledger's claim is lost while the handler runs (Redis: the process stalled past its lease), because another
   * worker may then credit the callback.
   */
  readonly signal: AbortSignal;
  /**
   * Index of the secret that signed the callback, 0 for the first. During a rotation it shows when the old secret is no
   * longer used.
   */
  readonly secretIndex: number;
  /** Whether the `rewardBook` knows the reward: `null` when the book failed, `undefined` without a book. */
  readonly known: boolean | null | undefined;
}

/** The app secret, a list of secrets during a rotation, or a function that fetches either. */
export type SecretOption =
  string | readonly string[] | (() => string | readonly string[] | Promise<string | readonly string[]>);

/** What `onError` gets as its second argument. */
export interface CallbackErrorInfo {
  /** The callback that was not credited; absent when verification had not finished. */
  readonly event?: CallbackEvent | undefined;
}

/** Options of {@link createCallbackReceiver}. */
export interface CallbackReceiverOptions<Tx = undefined>
  extends ReceiverOptions<Tx, CallbackErrorInfo>, Pick<VerifyOptions, 'redemptionFormula'> {
  /**
   * The app secret from the dashboard. While you rotate it, pass a list of the new and the old one: a callback signed
   * with either is accepted.
   *
   * Pass a function, sync or async, when the secret is not available as the module loads (`next build`) or comes from a
   * secret manager. It is called at the first callback and its result is kept; callbacks that arrive before that each
   * call it once. When it fails, the callback gets a 500, and the next callback calls it again.
   */
  readonly secret: SecretOption;
  /** Credits a redemption. Without it, redemptions get a 500, so the platform can redeliver. @defaultValue none */
  readonly onRedemption?: ((event: RedemptionEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /** Credits an issuance. Without it, issuances get a 500, so the platform can redeliver. @defaultValue none */
  readonly onIssuance?: ((event: IssuanceEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /**
   * Which quantities are credited. `'positive_integer'`: `20`, `20.0` and `2e1` are; `-5`, `0` and `20.5` get a 400.
   * `'any'`: every finite number is, and the handler decides.
   * @defaultValue `'positive_integer'`
   */
  readonly quantity?: 'positive_integer' | 'any' | undefined;
  /**
   * The book in which the client notes the rewards it hands out (PROTOCOL K26). A callback for any other reward is
   * unknown.
   * @defaultValue none
   */
  readonly rewardBook?: Pick<RewardBook, 'find'> | undefined;
  /**
   * What happens to a callback for a reward that the `rewardBook` does not know. `'report'`: it is credited,
   * `onRefused` hears of it with status 200 and code `unknown_reward`, and the context says `known: false`. `'refuse'`:
   * it gets a 401.
   *
   * When the book itself fails, `'report'` credits the callback too, with `known: null` and the code
   * `unchecked_reward`; `'refuse'` answers 500, so the platform can redeliver.
   * @defaultValue `'report'`
   */
  readonly unknownReward?: 'report' | 'refuse' | undefined;
}

const schema = z.strictObject({
  ...receiverFields(),
  secret: z.custom(
    (value) => typeof value === 'function' || isSecret(value),
    `${SECRET_RULE}, or a function that returns it`,
  ),
  redemptionFormula: formulaField(),
  onRedemption: callable(),
  onIssuance: callable(),
  quantity: z.optional(z.enum(['positive_integer', 'any'], "must be 'positive_integer' or 'any'")),
  rewardBook: having<RewardBook>(['find'], 'a reward book, such as memoryRewardBook()'),
  unknownReward: z.optional(z.enum(['report', 'refuse'], "must be 'report' or 'refuse'")),
});

/** Checked options, with defaults filled in. */
export type ReceiverSettings<Tx> = ReturnType<typeof readReceiverOptions<Tx>>;

/** @throws KiipConfigError naming every problem. */
export function readReceiverOptions<Tx>(options: CallbackReceiverOptions<Tx>) {
  const issues = listOptionIssues(schema, options);
  if (options?.unknownReward !== undefined && options.rewardBook === undefined)
    issues.push({ path: 'unknownReward', message: 'needs a rewardBook, which tells known rewards from unknown ones' });
  refuseOptions('createCallbackReceiver', issues);
  const { secret, redemptionFormula, onRedemption, onIssuance, onRefused, onError, rewardBook } = options;
  return {
    // Copied, so that changing the list later has no effect.
    secret: Array.isArray(secret) ? ([...secret] as readonly string[]) : secret,
    redemptionFormula,
    onRedemption,
    onIssuance,
    onRefused,
    onError,
    rewardBook,
    unknownReward: options.unknownReward ?? 'report',
    quantity: options.quantity ?? 'positive_integer',
    ledger: options.ledger ?? makeDefaultLedger<Tx>(),
    ...readLimits(options),
  };
}

function makeDefaultLedger<Tx>(): LedgerRunner<Tx> {
  warnOnce(
    'KIIP_MEMORY_LEDGER',
    'createCallbackReceiver() has no ledger, so it remembers what was credited in the memory of this process only: 7 days, at most 100,000 callbacks. After that, after a restart and in a second process a replayed callback is credited again. Pass sqliteLedger(path) of kiip-s2s/sql on one machine, postgresLedger(pool) or redisLedger(client) on several, or memoryLedger() if that is what you want.',
  );
  // Without a ledger `Tx` is `undefined`, its default, which is also memoryLedger's `tx`.
  return memoryLedger() as unknown as LedgerRunner<Tx>;
}
