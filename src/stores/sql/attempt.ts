import { LedgerError, TX_ERRORS } from '../ledger-error.js';
import { COMMIT_TIMEOUT_MS, STORE_TIMEOUT_MS, within } from '../within.js';
import type { Ask, Claims, HeldClaim } from './claims.js';
import { isAborted } from './failures.js';
import { type TxGuard } from './raw-client.js';

/** The stage of one `run`. `done`: only the COMMIT is missing. */
type Stage = 'waiting' | 'claiming' | 'working' | 'checking' | 'done' | 'failed';

/** A time limit that is set anew for each stage. */
class Limit {
  readonly reached: Promise<never>;
  #reject: (error: Error) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.reached = new Promise<never>((_resolve, reject) => (this.#reject = reject));
    this.reached.catch(() => undefined);
  }

  set(limitMs: number | null, message = ''): void {
    clearTimeout(this.#timer);
    if (limitMs === null) return;
    this.#timer = setTimeout(() => this.#reject(new LedgerError('store_timeout', message)), limitMs);
  }
}

export interface AttemptParts<Tx> {
  readonly claims: Claims;
  readonly keys: readonly string[];
  readonly transaction: (run: (tx: Tx) => Promise<void>) => Promise<unknown>;
  /** Runs before the first claim. */
  readonly prepare: (tx: Tx) => Promise<void>;
  readonly ask: (tx: Tx) => Ask;
  readonly createGuard: (tx: Tx) => TxGuard<Tx>;
  readonly work: (tx: Tx) => Promise<void>;
  /** Called when the claim is made. */
  readonly onHold: () => void;
  /** Called when a claim that was made ends. */
  readonly onRelease: () => void;
}

/**
 * Thrown inside your transaction to roll it back. The attempt itself keeps the real reason, because libraries wrap
 * errors.
 */
class Undo extends Error {
  override readonly name = 'KiipRollback';
}

/** Why a run ends without a commit. */
type Ending =
  | { readonly kind: 'refused'; readonly result: 'duplicate' | 'busy' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** One `run` in one of your transactions. */
export class Attempt<Tx> {
  readonly #parts: AttemptParts<Tx>;
  readonly #limit = new Limit();
  #stage: Stage = 'waiting';
  #isAbandoned = false;
  #isHeld = false;
  #hasWorkFailed = false;
  #ending: Ending | null = null;

  constructor(parts: AttemptParts<Tx>) {
    this.#parts = parts;
  }

  /** Whether `run` waits for your transaction to begin. */
  get isWaiting(): boolean {
    return this.#stage === 'waiting';
  }

  /** Whether the error of `run` is the handler's own, which is passed on unchanged. */
  get hasWorkFailed(): boolean {
    return this.#hasWorkFailed;
  }

  /** @throws the error of the work, a LedgerError, or the error of your transaction. */
  async run(): Promise<'processed' | 'duplicate' | 'busy'> {
    this.#limit.set(STORE_TIMEOUT_MS, `transaction() did not call run(tx) within ${STORE_TIMEOUT_MS} ms.`);
    const opened = Promise.resolve()
      .then(() => this.#parts.transaction((tx) => this.#inside(tx)))
      .then(
        () => ({ isCommitted: true as const }),
        (error: unknown) => ({ isCommitted: false as const, error }),
      );
    try {
      const outcome = await Promise.race([opened, this.#limit.reached]);
      return this.#conclude(outcome);
    } catch (error) {
      this.#isAbandoned = true;
      // The result is decided, so do not wait for a hanging ROLLBACK.
      if (error instanceof LedgerError && error.code === 'store_timeout' && this.#ending !== null) return this.#end();
      throw error;
    } finally {
      this.#limit.set(null);
      if (this.#isHeld) this.#parts.onRelease();
    }
  }

  #end(): 'duplicate' | 'busy' {
    if (this.#ending?.kind === 'refused') return this.#ending.result;
    throw this.#ending?.error;
  }

  #conclude(
    outcome: { isCommitted: true } | { isCommitted: false; error: unknown },
  ): 'processed' | 'duplicate' | 'busy' {
    if (this.#stage === 'done') {
      if (outcome.isCommitted) return 'processed';
      throw outcome.error;
    }
    if (!outcome.isCommitted) {
      if (this.#ending !== null) return this.#end();
      throw outcome.error;
    }
    throw new LedgerError(
      'store_answer',
      this.#stage === 'waiting'
        ? 'transaction() of sqlLedger resolved without calling run(tx).'
        : 'transaction() of sqlLedger resolved although run(tx) rejected or was not awaited: it must await run(tx), and roll back and reject when that rejects.',
    );
  }

  async #inside(tx: Tx): Promise<void> {
    this.#assertWanted();
    if (this.#stage !== 'waiting')
      throw new LedgerError('store_answer', 'transaction() of sqlLedger called run(tx) twice: it must not retry.');
    try {
      this.#stage = 'claiming';
      await this.#parts.prepare(tx);
      const claim = await this.#parts.claims.claim(this.#parts.ask(tx), this.#parts.keys);
      if (typeof claim === 'string') this.#ending = { kind: 'refused', result: claim };
      else await this.#hold(tx, claim);
    } catch (error) {
      this.#ending ??= { kind: 'failed', error };
    }
    if (this.#ending === null) return;
    this.#stage = 'failed';
    throw this.#ending.kind === 'failed' ? this.#ending.error : new Undo('The callback is a duplicate or busy.');
  }

  async #hold(tx: Tx, claim: HeldClaim): Promise<void> {
    try {
      this.#assertWanted();
      this.#limit.set(null);
      this.#isHeld = true;
      this.#parts.onHold();
      await this.#work(tx);
      await claim.check();
      this.#assertWanted();
      this.#stage = 'done';
    } catch (error) {
      const isUndone = this.#stage === 'checking' && isAborted(error);
      this.#ending = { kind: 'failed', error: isUndone ? TX_ERRORS.failed() : error };
      this.#limit.set(STORE_TIMEOUT_MS, `The transaction was not rolled back within ${STORE_TIMEOUT_MS} ms.`);
    }
    await within(claim.release(), STORE_TIMEOUT_MS, 'The claim was not released in time.').catch(() => undefined);
  }

  async #work(tx: Tx): Promise<void> {
    const guard = this.#parts.createGuard(tx);
    this.#stage = 'working';
    try {
      await this.#parts.work(guard.tx);
    } catch (error) {
      this.#hasWorkFailed = true;
      throw error;
    } finally {
      guard.end();
    }
    this.#stage = 'checking';
    this.#limit.set(COMMIT_TIMEOUT_MS, `The transaction was not committed within ${COMMIT_TIMEOUT_MS} ms.`);
    await guard.settle();
    guard.assertWhole();
  }

  #assertWanted(): void {
    if (this.#isAbandoned) throw new Undo('The ledger has given up this transaction.');
  }
}
