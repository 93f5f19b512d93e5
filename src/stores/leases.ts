import type { LedgerClaim } from './ledger.js';
import { LedgerError } from './ledger-error.js';

/** A claim on keys that ends by itself unless it is renewed. */
export class Lease implements LedgerClaim {
  /** The claim's keys in the store. */
  readonly keys: string[];
  /** The value that marks the keys as this run's. */
  readonly token: string;
  /**
   * When the lease ends, on the clock of `performance.now()`. It counts from before the store was asked, so the store
   * never ends the lease earlier.
   */
  endsAt: number;
  isRenewing = false;
  #reason: Error | null = null;
  #listeners: ((reason: Error) => void)[] | null = null;

  constructor(keys: string[], token: string, endsAt: number) {
    this.keys = keys;
    this.token = token;
    this.endsAt = endsAt;
  }

  onLost(listener: (reason: Error) => void): void {
    if (this.#reason !== null) listener(this.#reason);
    else (this.#listeners ??= []).push(listener);
  }

  lose(): void {
    if (this.#reason !== null) return;
    this.#reason = new LedgerError(
      'claim_lost',
      'The claim on this callback ran out while its handler was at work, so another worker may credit it.',
    );
    for (const listener of this.#listeners ?? []) listener(this.#reason);
  }
}

/** Renews all held leases with one timer. */
export class LeaseKeeper {
  readonly #leaseMs: number;
  readonly #renew: (lease: Lease) => Promise<string>;
  readonly #held = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;

  /** @param renew - resolves with `renewed`, or with anything else when the lease is lost. */
  constructor(leaseMs: number, renew: (lease: Lease) => Promise<string>) {
    this.#leaseMs = leaseMs;
    this.#renew = renew;
  }

  keep(lease: Lease): void {
    this.#held.add(lease);
    this.#timer ??= setInterval(() => this.#tick(), this.#leaseMs / 3).unref();
  }

  drop(lease: Lease): void {
    this.#held.delete(lease);
  }

  #tick(): void {
    // Stop the timer here, not in drop(): an idle timer is cheaper than starting one for every callback.
    if (this.#held.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const lease of this.#held) this.#renewOne(lease);
  }

  #renewOne(lease: Lease): void {
    const asked = performance.now();
    if (asked >= lease.endsAt) return this.#giveUp(lease);
    if (lease.isRenewing) return;
    lease.isRenewing = true;
    this.#renew(lease)
      .then((answer) => {
        if (answer === 'renewed') lease.endsAt = asked + this.#leaseMs;
        else if (this.#held.has(lease)) this.#giveUp(lease);
      })
      .catch(() => undefined)
      .finally(() => (lease.isRenewing = false));
  }

  #giveUp(lease: Lease): void {
    this.#held.delete(lease);
    lease.lose();
  }
}
