import type { IssuanceTexts, RedemptionTexts } from '../signature/formula.js';
import { sha256Hex } from '#digest';

/**
 * What a ledger remembers of a callback (PROTOCOL K26). The verified digest first: every other cut of the same signed text has the same
 * one, so the kind of message is no part of it. Then a digest of the platform's own ids, which a second signature (another secret, another
 * spelling of the quantity) does not change; the length in front keeps an id from running into its neighbour.
 */
export function dedupKeysOf(
  message: RedemptionTexts | IssuanceTexts,
  verifiedDigest: string,
): readonly [string, string] {
  const { type, transactionId } = message;
  const ids =
    type === 'issuance'
      ? `issuance ${transactionId.length} ${transactionId}${message.nonce}`
      : `redemption ${transactionId}`;
  return [verifiedDigest, sha256Hex(ids)];
}
