import type { ReadResult } from './result.js';

/** Runs one statement of the ledger in the caller's transaction. */
export type Ask = (text: string, values?: unknown[]) => Promise<ReadResult>;

/** A claim that holds, and how to end it. */
export interface HeldClaim {
  /** Rejects with a LedgerError when the transaction is no longer the one that holds the claim. Called last before the COMMIT. */
  check(): Promise<void>;
  /** Frees what a ROLLBACK does not. */
  release(): Promise<void>;
}

/** How one database claims keys without waiting for another worker. */
export interface Claims {
  /** Whether a claim waits for every other callback's, because the database has one writer at a time. */
  readonly hasOneWriter: boolean;
  createTable(ask: Ask): Promise<void>;
  /** @throws KiipConfigError when `ask` does not run in a transaction. */
  assertTransaction(ask: Ask): Promise<void>;
  /** Claims all keys or says why not; in that case the transaction is to be rolled back. */
  claim(ask: Ask, keys: readonly string[]): Promise<HeldClaim | 'duplicate' | 'busy'>;
  /** The rows of one key and of a range of keys. */
  find(ask: Ask, key: string, from: string, to: string): Promise<{ key: string; at: Date }[]>;
}
