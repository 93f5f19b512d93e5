import * as z from '../zod.js';

// The shape of the two messages as they come in, in the documents' names. A shape proves nothing: verifyCallback does, over the exact
// text (PROTOCOL K24). Form bodies bring strings only; unknown keys pass, they are not signed.

const value = z.union([z.string(), z.number()]);
const common = { transaction_id: value, content: value, quantity: value, user_id: value, signature: z.string() };

/** The JSON or form fields of a redemption callback (PROTOCOL K21). */
export const redemptionCallbackSchema = z.looseObject({ ...common, name: value.optional() });

/** The JSON or form fields of an issuance callback (PROTOCOL K21). */
export const issuanceCallbackSchema = z.looseObject({ ...common, nonce: value, origin: value });
