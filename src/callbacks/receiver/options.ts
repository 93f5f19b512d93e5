import { listOptionIssues, refuseOptions } from '../../check/options.js';
import { callable, having } from '../../check/rules.js';
import { warnOnce } from '../../check/warn.js';
import { readLimits, receiverFields, type ReceiverOptions } from '../../inbound/options.js';
import { memoryLedger } from '../../stores/memory/ledger.js';
import type { LedgerRunner } from '../../stores/ledger.js';
import type { RewardBook } from '../../stores/reward-book.js';
import * as z from '../../zod.js';
import type { CallbackEvent, IssuanceEvent, RedemptionEvent } from '../event/event.js';
import { formulaField, isSecret, SECRET_RULE, type VerifyOptions } from '../options.js';

/** What a handler gets beside the event. */
export interface CallbackContext<Tx> {
  /** The ledger's transaction: write the credit with it, so that credit and claim commit or vanish together. */
  readonly tx: Tx;
  /**
   * Aborted at `handlerTimeoutMs`, when `tx` is dead and the callback has been answered with 500; and when the ledger's claim is lost while
   * the handler runs (Redis: the process stalled past its lease), since another worker may credit the callback from then on.
   */
  readonly signal: AbortSignal;
  /** Which of the secrets signed the callback: 0 for the first. While you rotate, it tells when the old one is no longer used. */
  readonly secretIndex: number;
  /** Whether the `rewardBook` knows the reward; `undefined` without a book. */
  readonly known: boolean | undefined;
}

/** The app secret, a list while it is being rotated, or a function that gets either. */
export type SecretOption =
  string | readonly string[] | (() => string | readonly string[] | Promise<string | readonly string[]>);

/** What `onError` gets beside the error. */
export interface CallbackErrorInfo {
  /** The callback that was not credited; absent when the failure came before it was verified. */
  readonly event?: CallbackEvent;
}

/** Options of {@link createCallbackReceiver}. */
export interface CallbackReceiverOptions<Tx = undefined>
  extends ReceiverOptions<Tx, CallbackErrorInfo>, Pick<VerifyOptions, 'redemptionFormula'> {
  /**
   * The app secret from the dashboard; while it is being rotated, a list of the new one and the old one. Any of them may have signed.
   *
   * A function, sync or async, is asked at the first callback and its answer is kept: for a secret that is not there when the module is
   * loaded, as in `next build`, or that a secret manager holds. Callbacks that come before the first answer each ask once. When it fails,
   * the callback gets a 500, and the next one asks again.
   */
  readonly secret: SecretOption;
  /** Credits a redemption. Without it, redemptions get a 500, so the platform can redeliver. */
  readonly onRedemption?: ((event: RedemptionEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /** Credits an issuance. Without it, issuances get a 500, so the platform can redeliver. */
  readonly onIssuance?: ((event: IssuanceEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /**
   * Which quantities are credited. `'positive_integer'`: `20`, `20.0` and `2e1` are; `-5`, `0` and `20.5` get a 400. `'any'`: every finite
   * number is, and the handler decides.
   * @defaultValue 'positive_integer'
   */
  readonly quantity?: 'positive_integer' | 'any' | undefined;
  /** Where the client noted the rewards that it handed out (PROTOCOL K26). A callback for any other reward is unknown. */
  readonly rewardBook?: Pick<RewardBook, 'find'> | undefined;
  /**
   * What happens to a callback for a reward that the `rewardBook` does not know. `'report'`: it is credited, `onRefused` hears of it with
   * status 200 and code `unknown_reward`, and the context says `known: false`. `'refuse'`: it gets a 401.
   * @defaultValue 'report'
   */
  readonly unknownReward?: 'report' | 'refuse' | undefined;
}

const schema = z.strictObject({
  ...receiverFields(),
  secret: z.custom(
    (value) => typeof value === 'function' || isSecret(value),
    `${SECRET_RULE}, or a function that gets it`,
  ),
  redemptionFormula: formulaField(),
  onRedemption: callable(),
  onIssuance: callable(),
  quantity: z.optional(z.enum(['positive_integer', 'any'], "must be 'positive_integer' or 'any'")),
  rewardBook: having<RewardBook>(['find'], 'a reward book, such as memoryRewardBook()'),
  unknownReward: z.optional(z.enum(['report', 'refuse'], "must be 'report' or 'refuse'")),
});

/** The options, checked and with their defaults. */
export type ReceiverSettings<Tx> = ReturnType<typeof readReceiverOptions<Tx>>;

/** @throws KiipConfigError naming every problem. */
export function readReceiverOptions<Tx>(options: CallbackReceiverOptions<Tx>) {
  const issues = listOptionIssues(schema, options);
  if (options?.unknownReward !== undefined && options.rewardBook === undefined)
    issues.push({ path: 'unknownReward', message: 'needs a rewardBook, which says what is known' });
  refuseOptions('createCallbackReceiver', issues);
  const { secret, redemptionFormula, onRedemption, onIssuance, onRefused, onError, rewardBook } = options;
  return {
    // A copy of a list: nothing changes the secrets later.
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
  // Without a ledger `Tx` is inferred as its default, `undefined`: what memoryLedger hands out.
  return memoryLedger() as unknown as LedgerRunner<Tx>;
}
