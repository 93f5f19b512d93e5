import type { ReadResult } from './result.js';

/** Runs one statement of the ledger in your transaction. */
export type Ask = (text: string, values?: unknown[]) => Promise<ReadResult>;

/** A claim that was made. */
export interface HeldClaim {
  /** Rejects with a LedgerError when the transaction no longer holds the claim. Called last, before the COMMIT. */
  check(): Promise<void>;
  /** Frees locks that a ROLLBACK keeps. */
  release(): Promise<void>;
}

/** Claims keys in one kind of database, without waiting for another worker. */
export interface Claims {
  /** Whether a claim waits for every other callback, because the database has one writer at a time. */
  readonly hasOneWriter: boolean;
  createTable(ask: Ask): Promise<void>;
  /** @throws KiipConfigError when `ask` does not run in a transaction. */
  assertTransaction(ask: Ask): Promise<void>;
  /** Claims all keys, or returns why it could not; the caller then rolls the transaction back. */
  claim(ask: Ask, keys: readonly string[]): Promise<HeldClaim | 'duplicate' | 'busy'>;
  /** Finds the rows of one key and of a range of keys. */
  find(ask: Ask, key: string, from: string, to: string): Promise<{ key: string; at: Date }[]>;
}
