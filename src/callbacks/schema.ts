import * as z from '../zod.js';

// The shape of the two messages as they come in, under the documents' names. It proves nothing about the sender:
// verifyCallback checks the signature over the exact text (PROTOCOL K24). In a form every value is a string. Unknown
// keys pass.

const value = z.union([z.string(), z.number()]);
const common = { transaction_id: value, content: value, quantity: value, user_id: value, signature: z.string() };

/** The JSON or form fields of a redemption callback (PROTOCOL K21). */
export const redemptionCallbackSchema = z.looseObject({ ...common, name: value.optional() });

/** The JSON or form fields of an issuance callback (PROTOCOL K21). */
export const issuanceCallbackSchema = z.looseObject({ ...common, nonce: value, origin: value });
