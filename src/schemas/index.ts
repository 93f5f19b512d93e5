/** @module kiip-s2s/schemas */
export { momentPayloadSchema, sessionPayloadSchema } from '../request/payload-schema.js';
export { momentResponseSchema, sessionResponseSchema } from '../response/reward-schema.js';
export { issuanceCallbackSchema, redemptionCallbackSchema } from '../callbacks/schema.js';
