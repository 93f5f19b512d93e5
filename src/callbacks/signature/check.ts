import { CallbackSignatureError } from '../../errors/index.js';
import { signedText, type IssuanceTexts, type RedemptionFormula, type RedemptionTexts } from './formula.js';
import { explainMismatch, type BodySource } from './explain.js';
import { equalInConstantTime, sha1 } from './node-crypto.js';

const HEX_SHA1 = /^[0-9a-f]{40}$/;

/**
 * Checks the signature against every active secret (PROTOCOL K25), under the formula or formulas chosen (PROTOCOL K23).
 *
 * @returns the verified digest in lower case, which is the same for every other cut of the same text (PROTOCOL K26).
 * @throws CallbackSignatureError, with a hint when a usual mistake explains the mismatch.
 */
export function checkSignature(
  message: RedemptionTexts | IssuanceTexts,
  signature: string,
  secrets: readonly string[],
  formula: RedemptionFormula,
  source: BodySource,
): string {
  const matched = matchUnder(formula, message, signature, secrets);
  if (matched !== null) return matched;
  const wanted = signature.toLowerCase();
  if (!HEX_SHA1.test(wanted)) {
    throw new CallbackSignatureError(
      'The signature is not a SHA-1 in hex (40 characters of 0-9 and a-f): not from the platform.',
    );
  }
  const inLowerCase = wanted === signature ? null : matchUnder(formula, message, wanted, secrets);
  if (inLowerCase !== null) return inLowerCase;
  const matches = (other: string, otherSecrets: readonly string[]): boolean =>
    digestThatMatches(other, otherSecrets, wanted) !== null;
  throw new CallbackSignatureError(
    `The signature does not match. ${explainMismatch(message, secrets, formula, source, matches)}`,
  );
}

function matchUnder(
  formula: RedemptionFormula,
  message: RedemptionTexts | IssuanceTexts,
  signature: string,
  secrets: readonly string[],
): string | null {
  const matched = digestThatMatches(
    signedText(message, formula === 'legacy' ? 'legacy' : 'documented'),
    secrets,
    signature,
  );
  if (matched !== null || formula !== 'either' || message.type === 'issuance') return matched;
  return digestThatMatches(signedText(message, 'legacy'), secrets, signature);
}

function digestThatMatches(text: string, secrets: readonly string[], signature: string): string | null {
  for (const secret of secrets) {
    const digest = sha1(text + secret);
    if (equalInConstantTime(digest, signature)) return digest;
  }
  return null;
}
