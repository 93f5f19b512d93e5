import { sha256Hex } from '#digest';
import type { LedgerEntry } from './ledger.js';

/** The ids by which the platform names one message (PROTOCOL K26). */
export type TransactionIds =
  | { readonly type: 'redemption'; readonly transactionId: string }
  | { readonly type: 'issuance'; readonly transactionId: string; readonly nonce: string };

/** The keys of one transaction: the redemption's, and the range of its issuances'. */
export interface TransactionQuery {
  /** The key of its redemption. */
  readonly redemptionKey: string;
  /** The prefix of every key of its issuances, and of no other key. */
  readonly issuancePrefix: string;
  /** The first text after all keys with that prefix, in byte order: `key >= issuancePrefix AND key < issuanceEnd`. */
  readonly issuanceEnd: string;
}

/** The longest key that {@link buildTransactionKey} makes, in characters. Keys are ASCII, so also in bytes. */
export const LONGEST_TRANSACTION_KEY = 141;

// No space, which separates the parts of a key; no `#`, which begins a digest; nothing that is special to a shell or a query tool.
const PLAIN_ID = /^[A-Za-z0-9._~:/+=@-]{1,64}$/;
const READABLE_ISSUANCE = /^issuance ([1-9][0-9]?) /;
const DIGEST_ISSUANCE = /^[0-9a-f]{64} /;
const AFTER_ASCII = '\u007f';

const buildRedemptionKey = (transactionId: string): string =>
  PLAIN_ID.test(transactionId) ? `redemption ${transactionId}` : sha256Hex(`redemption ${transactionId}`);

/** The length separates the id from the nonce that follows it. */
const buildIssuancePrefix = (transactionId: string): string =>
  PLAIN_ID.test(transactionId)
    ? `issuance ${transactionId.length} ${transactionId}`
    : `${sha256Hex(`issuance ${transactionId}`)} `;

/**
 * Builds a ledger's key of a message from the platform's own ids. It is readable, so that support can look a transaction up in the store
 * itself.
 *
 * | ids | redemption | issuance |
 * |---|---|---|
 * | up to 64 letters, digits and `._~:/+=@-` | `redemption <id>` | `issuance <length of the id> <id><nonce>` |
 * | any other id | SHA-256 of `redemption <id>` | SHA-256 of `issuance <id>`, a space, the nonce |
 * | any other nonce | | `#` and the nonce's SHA-256 in its place |
 */
export function buildTransactionKey(ids: TransactionIds): string {
  if (ids.type === 'redemption') return buildRedemptionKey(ids.transactionId);
  const { transactionId, nonce } = ids;
  return buildIssuancePrefix(transactionId) + (PLAIN_ID.test(nonce) ? nonce : `#${sha256Hex(nonce)}`);
}

/** Builds the query of a ledger's `find`. The id alone is enough, even when the keys hold digests. */
export function buildTransactionQuery(transactionId: string): TransactionQuery {
  const issuancePrefix = buildIssuancePrefix(transactionId);
  return {
    redemptionKey: buildRedemptionKey(transactionId),
    issuancePrefix,
    issuanceEnd: issuancePrefix + AFTER_ASCII,
  };
}

/** Reads the `issuancePrefix` of a key, for stores that cannot query a range; `null` for any other key. */
export function readIssuancePrefix(key: string): string | null {
  const readable = READABLE_ISSUANCE.exec(key);
  if (readable !== null) return key.slice(0, readable[0].length + Number(readable[1]));
  return DIGEST_ISSUANCE.exec(key)?.[0] ?? null;
}

/** Reads the entries of a query's rows, oldest first; drops rows that do not belong to it. */
export function readLedgerEntries(
  { redemptionKey, issuancePrefix }: TransactionQuery,
  rows: Iterable<{ readonly key: string; readonly at: Date }>,
): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const { key, at } of rows) {
    if (key === redemptionKey) entries.push({ type: 'redemption', at });
    else if (key.startsWith(issuancePrefix)) {
      const nonce = key.slice(issuancePrefix.length);
      entries.push(nonce.startsWith('#') ? { type: 'issuance', at } : { type: 'issuance', nonce, at });
    }
  }
  return entries.sort((a, b) => a.at.getTime() - b.at.getTime());
}
