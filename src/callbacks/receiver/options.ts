import { memoryLedger } from '../../stores/memory/ledger.js';
import type { IssuanceEvent, RedemptionEvent } from '../event/event.js';
import type { LedgerRunner } from '../../stores/ledger.js';
import { throwConfigIssues, verifyOptionIssues, type VerifyOptions } from '../options.js';
import { MAX_LENGTH } from '../parse/text.js';
import { warn } from '../../check/warn.js';

/** What a handler gets beside the event. */
export interface CallbackContext<Tx> {
  /** The ledger's transaction: write the credit with it, so that credit and claim commit or vanish together. */
  readonly tx: Tx;
  /**
   * Aborted at `handlerTimeoutMs`, when `tx` is dead and the callback has been answered with 500; and when the ledger's claim is lost while
   * the handler runs (Redis: the process stalled past its lease), since another worker may credit the callback from then on.
   */
  readonly signal: AbortSignal;
}

/** Options of {@link createCallbackReceiver}. */
export interface CallbackReceiverOptions<Tx = undefined> extends VerifyOptions {
  /** What was credited before. @defaultValue `memoryLedger()`, with a warning: it knows this process only. */
  readonly ledger?: LedgerRunner<Tx> | undefined;
  /** Credits a redemption. Missing, redemptions are answered with 500, so that none is lost. */
  readonly onRedemption?: ((event: RedemptionEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /** Credits an issuance. Missing, issuances are answered with 500, so that none is lost. */
  readonly onIssuance?: ((event: IssuanceEvent, context: CallbackContext<Tx>) => Promise<void> | void) | undefined;
  /**
   * Gets what became a 500: the handler's own error, the ledger's. For your log; the platform's answer never holds it. Without it a
   * process warning names the kind of error only, since its message may hold personal data.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Largest body, in bytes, at most 1 MiB; beyond, 413. @defaultValue 65_536 */
  readonly maxBodyBytes?: number | undefined;
  /** How long an adapter waits for a body, in milliseconds; then 408. @defaultValue 10_000 */
  readonly bodyTimeoutMs?: number | undefined;
  /** How long a handler may take, in milliseconds; then 500 and the claim is released. @defaultValue 25_000 */
  readonly handlerTimeoutMs?: number | undefined;
}

/** Longest delay of a timer in Node; a longer one fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;
const NUMBERS = { maxBodyBytes: 64 * 1024, bodyTimeoutMs: 10_000, handlerTimeoutMs: 25_000 } as const;
const LIMITS = { maxBodyBytes: MAX_LENGTH, bodyTimeoutMs: MAX_DELAY_MS, handlerTimeoutMs: MAX_DELAY_MS } as const;
let warned = false;

type Numbers = Record<keyof typeof NUMBERS, number>;

export type ReceiverSettings<Tx> = CallbackReceiverOptions<Tx> & Numbers & { readonly ledger: LedgerRunner<Tx> };

/** Checks the options and fills in the defaults. */
export function receiverSettings<Tx>(options: CallbackReceiverOptions<Tx>): ReceiverSettings<Tx> {
  const issues = verifyOptionIssues(options);
  for (const path of ['onRedemption', 'onIssuance', 'onError'] as const) {
    if (options[path] !== undefined && typeof options[path] !== 'function')
      issues.push({ path, message: 'must be a function' });
  }
  if (options.ledger !== undefined && typeof options.ledger?.run !== 'function') {
    issues.push({
      path: 'ledger',
      message: 'must be a ledger, such as memoryLedger(), redisLedger(client) or postgresLedger(pool)',
    });
  }
  for (const path of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    const value = options[path];
    if (value !== undefined && !(Number.isInteger(value) && value > 0 && value <= LIMITS[path])) {
      issues.push({ path, message: `must be an integer from 1 to ${LIMITS[path]}` });
    }
  }
  throwConfigIssues('createCallbackReceiver', issues);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Omit<
    CallbackReceiverOptions<Tx>,
    keyof Numbers
  > &
    Partial<Numbers>;
  const secret = typeof options.secret === 'string' ? options.secret : [...options.secret];
  return { ...NUMBERS, ...given, secret, ledger: options.ledger ?? defaultLedger() };
}

function defaultLedger<Tx>(): LedgerRunner<Tx> {
  if (!warned) {
    warned = true;
    const message =
      'createCallbackReceiver() has no ledger, so it remembers what was credited in the memory of this process only: 7 days, at most 100,000 callbacks. After that, after a restart and in a second process a replayed callback is credited again. Pass sqliteLedger(path) of kiip-s2s/sql on one machine, postgresLedger(pool) or redisLedger(client) on several, or memoryLedger() if that is what you want.';
    warn('KIIP_MEMORY_LEDGER', message);
  }
  // Without a ledger `Tx` is inferred as its default, `undefined`: what memoryLedger hands out.
  return memoryLedger() as unknown as LedgerRunner<Tx>;
}
