/**
 * How a redemption is signed. `documented`: `content + name + quantity + user_id + transaction_id + secret` (PROTOCOL K22). `legacy`: the
 * same without `name`, as integrations in the field verify it (PROTOCOL K23). `either` accepts both.
 */
export type RedemptionFormula = 'documented' | 'legacy' | 'either';

/** The signed values of a callback, each as the exact text that was sent (PROTOCOL K24). */
export interface SignedTexts {
  readonly content: string;
  readonly name: string;
  readonly quantity: string;
  readonly userId: string;
  readonly transactionId: string;
}

/** The signed values of an issuance. */
export interface SignedIssuanceTexts extends Omit<SignedTexts, 'name'> {
  readonly nonce: string;
  readonly origin: string;
}

/** PROTOCOL K22, without the secret. */
export function documentedRedemptionText({ content, name, quantity, userId, transactionId }: SignedTexts): string {
  return content + name + quantity + userId + transactionId;
}

/** PROTOCOL K23, without the secret. */
export function legacyRedemptionText({ content, quantity, userId, transactionId }: Omit<SignedTexts, 'name'>): string {
  return content + quantity + userId + transactionId;
}

/** PROTOCOL K22, without the secret. */
export function issuanceText({ content, quantity, userId, transactionId, nonce, origin }: SignedIssuanceTexts): string {
  return content + quantity + userId + transactionId + nonce + origin;
}
