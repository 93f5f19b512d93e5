import fc from 'fast-check';
import {
  LONGEST_TRANSACTION_KEY,
  buildTransactionKey,
  buildTransactionQuery,
  readIssuancePrefix,
  readLedgerEntries,
  type TransactionIds,
} from '../../src/stores/transaction-keys.js';

const PLAIN = 'abzABZ019._~:/+=@-';
// Ids that resemble what a key is made of, so that a confusion has every chance to show.
const id = fc.oneof(
  fc.string({ unit: fc.constantFrom(...PLAIN), minLength: 1, maxLength: 70 }),
  fc.string({ unit: fc.constantFrom('1', '2', ' ', '#', 'a', 'issuance', 'redemption'), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const ids: fc.Arbitrary<TransactionIds> = fc.oneof(
  fc.record({ type: fc.constant('redemption' as const), transactionId: id }),
  fc.record({ type: fc.constant('issuance' as const), transactionId: id, nonce: id }),
);

describe('transaction keys', () => {
  test.each<[TransactionIds, string | RegExp]>([
    [{ type: 'redemption', transactionId: '5f1e-00.A_~:/+=@' }, 'redemption 5f1e-00.A_~:/+=@'],
    [{ type: 'redemption', transactionId: 'x'.repeat(64) }, `redemption ${'x'.repeat(64)}`],
    [{ type: 'redemption', transactionId: 'x'.repeat(65) }, /^[0-9a-f]{64}$/],
    [{ type: 'redemption', transactionId: '' }, /^[0-9a-f]{64}$/],
    [{ type: 'issuance', transactionId: 't-1', nonce: 'n-1' }, 'issuance 3 t-1n-1'],
    [{ type: 'issuance', transactionId: 't-1', nonce: 'with space' }, /^issuance 3 t-1#[0-9a-f]{64}$/],
    [{ type: 'issuance', transactionId: 't-1', nonce: '#' }, /^issuance 3 t-1#[0-9a-f]{64}$/],
    [{ type: 'issuance', transactionId: 't 1', nonce: 'n-1' }, /^[0-9a-f]{64} n-1$/],
  ])('%j', (message, key) => {
    if (typeof key === 'string') expect(buildTransactionKey(message)).toBe(key);
    else expect(buildTransactionKey(message)).toMatch(key);
  });

  test('different ids have different keys, all of them ASCII and short enough for an index', () => {
    fc.assert(
      fc.property(ids, ids, (one, two) => {
        const [a, b] = [buildTransactionKey(one), buildTransactionKey(two)];
        expect(a === b).toBe(JSON.stringify(one) === JSON.stringify(two));
        expect(a).toMatch(/^[ -~]+$/);
        expect(a.length).toBeLessThanOrEqual(LONGEST_TRANSACTION_KEY);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a query finds the keys of its own transaction and no others, by equality and range', () => {
    fc.assert(
      fc.property(ids, id, (message, asked) => {
        const key = buildTransactionKey(message);
        const query = buildTransactionQuery(asked);
        const inRange = key >= query.issuancePrefix && key < query.issuanceEnd;
        const isOwn = message.transactionId === asked;
        expect(key === query.redemptionKey).toBe(isOwn && message.type === 'redemption');
        expect(inRange).toBe(isOwn && message.type === 'issuance');
        expect(readLedgerEntries(query, [{ key, at: new Date(0) }])).toHaveLength(isOwn ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an issuance’s key gives back its prefix and its nonce, a redemption’s none', () => {
    fc.assert(
      fc.property(ids, (message) => {
        const query = buildTransactionQuery(message.transactionId);
        const prefix = readIssuancePrefix(buildTransactionKey(message));
        expect(prefix).toBe(message.type === 'issuance' ? query.issuancePrefix : null);
      }),
      { numRuns: 2_000 },
    );
    expect(readIssuancePrefix('a'.repeat(40))).toBeNull();
    expect(readIssuancePrefix('a'.repeat(64))).toBeNull();
  });

  test('entries come oldest first, with the nonce where the key holds its text', () => {
    const query = buildTransactionQuery('t');
    const rows = [
      { key: 'issuance 1 tn', at: new Date(3) },
      { key: `issuance 1 t#${'0'.repeat(64)}`, at: new Date(1) },
      { key: 'redemption t', at: new Date(2) },
      { key: 'redemption tt', at: new Date(0) },
    ];
    expect(readLedgerEntries(query, rows)).toEqual([
      { type: 'issuance', at: new Date(1) },
      { type: 'redemption', at: new Date(2) },
      { type: 'issuance', nonce: 'n', at: new Date(3) },
    ]);
  });
});
