import { buildTransactionKey } from '../../stores/transaction-keys.js';
import type { IssuanceTexts, RedemptionTexts } from '../signature/formula.js';

/**
 * Builds the keys by which a ledger remembers a callback (PROTOCOL K26). The first is the verified digest: cutting the
 * same signed text into other fields does not change it. The second is made of the platform's own ids, which stay the
 * same under another signature (another secret, another spelling of the quantity).
 */
export function buildDedupKeys(
  message: RedemptionTexts | IssuanceTexts,
  verifiedDigest: string,
): readonly [string, string] {
  return [verifiedDigest, buildTransactionKey(message)];
}
