/**
 * How a redemption is signed. `documented`: `content + name + quantity + user_id + transaction_id + secret`
 * (PROTOCOL K22). `legacy`: the same without `name`, as integrations in the field verify it (PROTOCOL K23). `either`
 * accepts both.
 */
export type RedemptionFormula = 'documented' | 'legacy' | 'either';

/** The signed values that both messages have, each as the exact text that was sent (PROTOCOL K24). */
interface CommonTexts {
  readonly content: string;
  readonly quantity: string;
  readonly userId: string;
  readonly transactionId: string;
}

/** The signed values of a redemption. */
export interface RedemptionTexts extends CommonTexts {
  readonly type: 'redemption';
  /** The currency's name; `undefined` when the message has none, which the documented formula does not allow. */
  readonly name: string | undefined;
}

/** The signed values of an issuance. */
export interface IssuanceTexts extends CommonTexts {
  readonly type: 'issuance';
  readonly nonce: string;
  readonly origin: string;
}

/** Builds the signed text, without the secret that follows it (PROTOCOL K22, K23). Issuances have only one formula. */
export function signedText(
  message: RedemptionTexts | IssuanceTexts,
  formula: Exclude<RedemptionFormula, 'either'>,
): string {
  const { content, quantity, userId, transactionId } = message;
  if (message.type === 'issuance') return content + quantity + userId + transactionId + message.nonce + message.origin;
  if (formula === 'legacy') return content + quantity + userId + transactionId;
  return content + (message.name ?? '') + quantity + userId + transactionId;
}
