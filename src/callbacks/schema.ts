import * as z from '../zod.js';

// The shape of the two messages as they come in, in the documents' names. The shape proves nothing about the sender:
// verifyCallback checks the signature over the exact text (PROTOCOL K24). Form bodies hold strings only. Unknown keys pass.

const value = z.union([z.string(), z.number()]);
const common = { transaction_id: value, content: value, quantity: value, user_id: value, signature: z.string() };

/** The JSON or form fields of a redemption callback (PROTOCOL K21). */
export const redemptionCallbackSchema = z.looseObject({ ...common, name: value.optional() });

/** The JSON or form fields of an issuance callback (PROTOCOL K21). */
export const issuanceCallbackSchema = z.looseObject({ ...common, nonce: value, origin: value });
