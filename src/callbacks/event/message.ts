import { malformed, type CallbackTexts, type WireName } from '../parse/fields.js';
import type { IssuanceTexts, RedemptionFormula, RedemptionTexts } from '../signature/formula.js';

const COMMON = ['content', 'quantity', 'user_id', 'transaction_id', 'signature'] as const;
// JSON's number grammar. `Number()` also accepts `0x14`, ` 20` and the empty text, which no platform means as numbers.
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * Determines which of the two messages this is (`nonce` and `origin` make it an issuance, PROTOCOL K21) and checks that
 * no field is missing.
 *
 * @throws CallbackFormatError naming all missing fields at once.
 */
export function readMessage(
  texts: CallbackTexts,
  formula: RedemptionFormula,
): { readonly signature: string; readonly message: RedemptionTexts | IssuanceTexts } {
  const { content, quantity, user_id: userId, transaction_id: transactionId, name, nonce, origin, signature } = texts;
  const isIssuance = nonce !== undefined && origin !== undefined;
  const lacksName = !isIssuance && name === undefined && formula === 'documented';
  if (
    content === undefined ||
    quantity === undefined ||
    userId === undefined ||
    transactionId === undefined ||
    signature === undefined ||
    lacksName
  ) {
    throw describeMissing(texts, lacksName);
  }
  if (!NUMBER.test(quantity) || !Number.isFinite(Number(quantity)))
    throw malformed('has a quantity that is not a finite number');
  const message: RedemptionTexts | IssuanceTexts = isIssuance
    ? { type: 'issuance', content, quantity, userId, transactionId, nonce, origin }
    : { type: 'redemption', content, quantity, userId, transactionId, name };
  return { signature, message };
}

function describeMissing(texts: CallbackTexts, lacksName: boolean) {
  const names: WireName[] = COMMON.filter((name) => texts[name] === undefined);
  if (lacksName) names.push('name');
  const hint = lacksName ? ' (a redemption has a name, an issuance both nonce and origin)' : '';
  return malformed(`lacks ${names.join(', ')}${hint}`);
}
