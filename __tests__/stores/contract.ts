import type { Ledger } from '../../src/stores/ledger.js';
import { buildTransactionKey } from '../../src/stores/transaction-keys.js';

/** What not every store has, said up front so that no test passes by not running. */
export interface LedgerTraits {
  /** Claims run out: the fixture has `expireClaims`. */
  readonly leases?: boolean;
  /** Claim and writes are one transaction: the fixture has `write`, `written` and `failQuietly`. */
  readonly transactions?: boolean;
  /** The store has one writer at a time, so different callbacks are busy for each other. */
  readonly oneWriter?: boolean;
}

/** Two workers' ledgers over one store, as two processes would hold them. One object twice where the store is the object itself. */
export interface LedgerFixture<Tx> {
  readonly first: Ledger<Tx>;
  readonly second: Ledger<Tx>;
  /** For ledgers with leases: makes every claim that is held right now run out, as if its worker had stalled past the lease. */
  readonly expireClaims?: () => Promise<void>;
  /** For ledgers with a `tx`: one write with it, seen by `written` only when it was committed. */
  readonly write?: (tx: Tx, text: string) => Promise<void>;
  /** For ledgers with a `tx`: what has been committed by `write`, in any order. */
  readonly written?: () => Promise<string[]>;
  /** For ledgers with a `tx`: a statement that fails in the store, its rejection swallowed as a careless handler would. */
  readonly failQuietly?: (tx: Tx) => Promise<void>;
  close(): Promise<void>;
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const nothing = async (): Promise<void> => undefined;
let serial = 0;
/** Keys like those of an event: digests, fresh for each test so that one store serves the whole suite. */
const freshKeys = (): [string, string] => {
  serial += 1;
  const stem = `${process.pid.toString(16)}${Date.now().toString(16)}${serial.toString(16)}`;
  return [stem.padStart(40, 'a'), stem.padStart(64, 'b')];
};

/** The optional parts that a trait promised. */
function present<Tx, Name extends keyof LedgerFixture<Tx>>(
  fixture: LedgerFixture<Tx>,
  ...names: Name[]
): { [N in Name]-?: NonNullable<LedgerFixture<Tx>[N]> } {
  const missing = names.filter((name) => fixture[name] === undefined);
  if (missing.length > 0) throw new Error(`the fixture lacks ${missing.join(', ')}`);
  return fixture as unknown as { [N in Name]-?: NonNullable<LedgerFixture<Tx>[N]> };
}

const noTest = (): void => undefined;

/** The contract of `src/stores/ledger.ts`, run against every implementation on its real store. */
export function ledgerContract<Tx>(name: string, traits: LedgerTraits, start: () => Promise<LedgerFixture<Tx>>): void {
  const testLeases = traits.leases === true ? test : noTest;
  const testOneWriter = traits.oneWriter === true ? test : noTest;
  const testManyWriters = traits.oneWriter === true ? noTest : test;
  const testTransactions = traits.transactions === true ? test : noTest;

  describe(`ledger contract: ${name}`, () => {
    let fixture: LedgerFixture<Tx>;
    beforeAll(async () => {
      fixture = await start();
    });
    afterAll(async () => {
      await fixture.close();
    });

    test('processed once, then duplicate, for both workers', async () => {
      const keys = freshKeys();
      const work = jest.fn(nothing);
      expect(await fixture.first.run(keys, work)).toBe('processed');
      expect(await fixture.first.run(keys, work)).toBe('duplicate');
      expect(await fixture.second.run(keys, work)).toBe('duplicate');
      expect(work).toHaveBeenCalledTimes(1);
    });

    test('one key seen before is enough, and a duplicate burns no other key', async () => {
      const [one, two] = freshKeys();
      const [three, four] = freshKeys();
      await fixture.first.run([one, two], nothing);
      expect(await fixture.second.run([one, three], nothing)).toBe('duplicate');
      expect(await fixture.second.run([four, two], nothing)).toBe('duplicate');
      expect(await fixture.second.run([three, four], nothing)).toBe('processed');
    });

    test('busy while another worker holds one of the keys, at once, and that burns no key either', async () => {
      const [one, two] = freshKeys();
      const [three] = freshKeys();
      const entered = gate();
      const release = gate();
      const holding = fixture.first.run([one, two], async () => {
        entered.open();
        await release.opened;
      });
      await entered.opened;
      const work = jest.fn(nothing);
      const began = Date.now();
      expect(await fixture.second.run([one, two], work)).toBe('busy');
      expect(await fixture.second.run([three, two], work)).toBe('busy');
      expect(await fixture.first.run([one, three], work)).toBe('busy');
      expect(Date.now() - began).toBeLessThan(9_000);
      expect(await fixture.second.run([three], nothing)).toBe(traits.oneWriter === true ? 'busy' : 'processed');
      release.open();
      expect(await holding).toBe('processed');
      expect(await fixture.second.run([one, two], work)).toBe('duplicate');
      expect(work).not.toHaveBeenCalled();
    });

    testManyWriters('a key processed before wins over a key that is held', async () => {
      const [done] = freshKeys();
      const [held] = freshKeys();
      await fixture.first.run([done], nothing);
      const entered = gate();
      const release = gate();
      const holding = fixture.first.run([held], async () => {
        entered.open();
        await release.opened;
      });
      await entered.opened;
      expect(await fixture.second.run([held, done], nothing)).toBe('duplicate');
      release.open();
      await holding;
    });

    test.each(['rejects', 'throws before its first await'])(
      'work that %s: the same error comes out and the claim is released',
      async (how) => {
        const keys = freshKeys();
        const failure = new Error('the credit failed');
        const failing = (): Promise<void> => {
          if (how === 'rejects') return Promise.reject(failure);
          throw failure;
        };
        await expect(fixture.first.run(keys, failing)).rejects.toBe(failure);
        expect(await fixture.second.run(keys, nothing)).toBe('processed');
        expect(await fixture.first.run(keys, nothing)).toBe('duplicate');
      },
    );

    test('forty deliveries at once: one does the work', async () => {
      const keys = freshKeys();
      let running = 0;
      const work = jest.fn(async () => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? fixture.first : fixture.second).run(keys, work)),
      );
      expect(outcomes.filter((outcome) => outcome === 'processed')).toHaveLength(1);
      expect(outcomes.every((outcome) => ['processed', 'busy', 'duplicate'].includes(outcome))).toBe(true);
      expect(work).toHaveBeenCalledTimes(1);
    });

    test('pairs of keys in opposite order do not lock each other out', async () => {
      const [one, two] = freshKeys();
      const outcomes = await Promise.all([
        fixture.first.run([one, two], nothing),
        fixture.second.run([two, one], nothing),
        fixture.first.run([two, one], nothing),
        fixture.second.run([one, two], nothing),
      ]);
      // Each may meet the other half way and call it busy; the redelivery then does the work.
      const first = outcomes.filter((outcome) => outcome === 'processed').length;
      expect(await fixture.first.run([one, two], nothing)).toBe(first === 0 ? 'processed' : 'duplicate');
      expect(first).toBeLessThan(2);
    });

    testOneWriter('different callbacks are busy while one is at work, and processed after it', async () => {
      const release = gate();
      const entered = gate();
      const holding = fixture.first.run(freshKeys(), async () => {
        entered.open();
        await release.opened;
      });
      await entered.opened;
      const keys = freshKeys();
      expect(await fixture.second.run(keys, nothing)).toBe('busy');
      release.open();
      expect(await holding).toBe('processed');
      expect(await fixture.second.run(keys, nothing)).toBe('processed');
    });

    testManyWriters('different callbacks do not wait for each other', async () => {
      const release = gate();
      const entered = Array.from({ length: 4 }, gate);
      const running = entered.map(({ open }) =>
        fixture.first.run(freshKeys(), async () => {
          open();
          await release.opened;
        }),
      );
      await Promise.all(entered.map(({ opened }) => opened));
      release.open();
      expect(await Promise.all(running)).toEqual(['processed', 'processed', 'processed', 'processed']);
    });

    test('find: what was processed and when, for both workers; nothing for what failed, is at work or never came', async () => {
      const id = `find-${freshKeys()[1].slice(-20)}`;
      const began = Date.now();
      const process = (key: string): Promise<unknown> => fixture.first.run([freshKeys()[0], key], nothing);
      expect(await fixture.first.find(id)).toEqual([]);
      await expect(
        fixture.first.run([buildTransactionKey({ type: 'redemption', transactionId: id })], () =>
          Promise.reject(new Error('failed')),
        ),
      ).rejects.toThrow('failed');
      await fixture.first.run([buildTransactionKey({ type: 'redemption', transactionId: id })], async () => {
        if (traits.oneWriter !== true) expect(await fixture.second.find(id)).toEqual([]);
      });
      await process(buildTransactionKey({ type: 'issuance', transactionId: id, nonce: 'n-1' }));
      await process(
        buildTransactionKey({ type: 'issuance', transactionId: id, nonce: 'a nonce that is no plain one' }),
      );
      // Neighbours: other transactions whose ids begin or end alike.
      await process(buildTransactionKey({ type: 'redemption', transactionId: `${id}n-1` }));
      await process(buildTransactionKey({ type: 'issuance', transactionId: `${id}n`, nonce: '-1' }));
      await process(buildTransactionKey({ type: 'issuance', transactionId: id.toUpperCase(), nonce: 'n-1' }));
      for (const ledger of [fixture.first, fixture.second]) {
        const found = await ledger.find(id);
        expect(new Set(found.map(({ at: _at, ...entry }) => JSON.stringify(entry)))).toEqual(
          new Set(['{"type":"redemption"}', '{"type":"issuance","nonce":"n-1"}', '{"type":"issuance"}']),
        );
        expect(found).toHaveLength(3);
        for (const { at } of found) {
          expect(at).toBeInstanceOf(Date);
          expect(Math.abs(at.getTime() - began)).toBeLessThan(30_000);
        }
        expect(found.map(({ at }) => at.getTime())).toEqual(found.map(({ at }) => at.getTime()).sort((a, b) => a - b));
      }
    });

    test('find works by the id alone also where the keys are digests', async () => {
      const id = `Ключ "${freshKeys()[0]}" ${'x'.repeat(3_000)}`;
      await fixture.first.run([buildTransactionKey({ type: 'redemption', transactionId: id })], nothing);
      await fixture.first.run([buildTransactionKey({ type: 'issuance', transactionId: id, nonce: 'n-1' })], nothing);
      const found = await fixture.second.find(id);
      expect(found.map(({ type, nonce }) => [type, nonce])).toEqual(
        expect.arrayContaining([
          ['redemption', undefined],
          ['issuance', 'n-1'],
        ]),
      );
      expect(await fixture.second.find(id.slice(0, -1))).toEqual([]);
    });

    testLeases('a stalled worker does not commit over its successor', async () => {
      const { expireClaims } = present(fixture, 'expireClaims');
      const keys = freshKeys();
      const entered = gate();
      const release = gate();
      const stalled = fixture.first.run(keys, async () => {
        entered.open();
        await release.opened;
      });
      const settled = stalled.then(
        () => 'resolved',
        () => 'rejected',
      );
      await entered.opened;
      await expireClaims();
      expect(await fixture.second.run(keys, nothing)).toBe('processed');
      release.open();
      expect(await settled).toBe('rejected');
      expect(await fixture.second.run(keys, nothing)).toBe('duplicate');
    });

    testLeases('a stalled worker that fails does not release the claim of its successor', async () => {
      const { expireClaims } = present(fixture, 'expireClaims');
      const keys = freshKeys();
      const entered = [gate(), gate()] as const;
      const release = [gate(), gate()] as const;
      const stalled = fixture.first.run(keys, async () => {
        entered[0].open();
        await release[0].opened;
        throw new Error('late');
      });
      const settled = stalled.catch(() => 'rejected');
      await entered[0].opened;
      await expireClaims();
      const successor = fixture.second.run(keys, async () => {
        entered[1].open();
        await release[1].opened;
      });
      await entered[1].opened;
      release[0].open();
      expect(await settled).toBe('rejected');
      expect(await fixture.first.run(keys, nothing)).toBe('busy');
      release[1].open();
      expect(await successor).toBe('processed');
    });

    testTransactions('what tx wrote commits with the claim or vanishes with it', async () => {
      const { write, written } = present(fixture, 'write', 'written');
      const keys = freshKeys();
      const failing = fixture.first.run(keys, async (tx) => {
        await write(tx, `lost ${keys[0]}`);
        throw new Error('after the write');
      });
      await expect(failing).rejects.toThrow('after the write');
      await fixture.second.run(keys, (tx) => write(tx, `kept ${keys[0]}`));
      const texts = (await written()).filter((text) => text.endsWith(keys[0]));
      expect(texts).toEqual([`kept ${keys[0]}`]);
    });

    testTransactions('tx is dead once work has settled', async () => {
      const { write, written } = present(fixture, 'write', 'written');
      const keys = freshKeys();
      const kept: Tx[] = [];
      await fixture.first.run(keys, async (tx) => {
        kept.push(tx);
      });
      for (const tx of kept) await expect(write(tx, `late ${keys[0]}`)).rejects.toThrow();
      expect(await written()).not.toContain(`late ${keys[0]}`);
      expect(kept).toHaveLength(1);
    });

    testTransactions('an error of the store that the handler swallowed is never reported as processed', async () => {
      const { failQuietly } = present(fixture, 'failQuietly');
      const keys = freshKeys();
      await expect(fixture.first.run(keys, (tx) => failQuietly(tx))).rejects.toThrow();
      expect(await fixture.second.run(keys, nothing)).toBe('processed');
    });
  });
}
