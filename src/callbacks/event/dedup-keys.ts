import { buildTransactionKey } from '../../stores/transaction-keys.js';
import type { IssuanceTexts, RedemptionTexts } from '../signature/formula.js';

/**
 * What a ledger remembers of a callback (PROTOCOL K26). First the verified digest: every other cut of the same signed text has the same
 * one. Then the platform's own ids, which stay the same under a second signature (another secret, another spelling of the quantity).
 */
export function buildDedupKeys(
  message: RedemptionTexts | IssuanceTexts,
  verifiedDigest: string,
): readonly [string, string] {
  return [verifiedDigest, buildTransactionKey(message)];
}
