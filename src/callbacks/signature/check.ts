import { sha1Hex } from '#digest';
import { CallbackSignatureError } from '../../errors/index.js';
import { isSameDigest } from './compare.js';
import { signedText, type IssuanceTexts, type RedemptionFormula, type RedemptionTexts } from './formula.js';
import { explainMismatch, type BodySource } from './explain.js';

const HEX_SHA1 = /^[0-9a-f]{40}$/;

/** The result of a successful check. */
export interface VerifiedSignature {
  /** The digest in lower-case hex. Cutting the same text into other fields does not change it (PROTOCOL K26). */
  readonly digest: string;
  /** Index of the active secret that signed the callback. */
  readonly secretIndex: number;
}

/**
 * Checks the signature against every active secret (PROTOCOL K25), under the chosen formula or formulas (PROTOCOL K23).
 *
 * @throws CallbackSignatureError, with a hint when a common mistake explains the mismatch.
 */
export function checkSignature(
  message: RedemptionTexts | IssuanceTexts,
  signature: string,
  secrets: readonly string[],
  formula: RedemptionFormula,
  source: BodySource,
): VerifiedSignature {
  const matched = matchUnder(formula, message, signature, secrets);
  if (matched !== null) return matched;
  const wanted = signature.toLowerCase();
  if (!HEX_SHA1.test(wanted)) {
    throw new CallbackSignatureError(
      'The signature is not a SHA-1 in hex (40 characters of 0-9 and a-f), so the platform did not send this callback.',
    );
  }
  const inLowerCase = wanted === signature ? null : matchUnder(formula, message, wanted, secrets);
  if (inLowerCase !== null) return inLowerCase;
  const matches = (other: string, otherSecrets: readonly string[]): boolean =>
    matchAny(other, otherSecrets, wanted) !== null;
  throw new CallbackSignatureError(
    `The signature does not match. ${explainMismatch(message, secrets, formula, source, matches)}`,
  );
}

function matchUnder(
  formula: RedemptionFormula,
  message: RedemptionTexts | IssuanceTexts,
  signature: string,
  secrets: readonly string[],
): VerifiedSignature | null {
  const matched = matchAny(signedText(message, formula === 'legacy' ? 'legacy' : 'documented'), secrets, signature);
  if (matched !== null || formula !== 'either' || message.type === 'issuance') return matched;
  return matchAny(signedText(message, 'legacy'), secrets, signature);
}

function matchAny(text: string, secrets: readonly string[], signature: string): VerifiedSignature | null {
  for (let secretIndex = 0; secretIndex < secrets.length; secretIndex += 1) {
    const digest = sha1Hex(text + (secrets[secretIndex] as string));
    if (isSameDigest(digest, signature)) return { digest, secretIndex };
  }
  return null;
}
