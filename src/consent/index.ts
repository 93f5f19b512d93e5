/** @module kiip-s2s/consent */
/**
 * `import … from 'kiip-s2s/consent'`: what players chose about the sale of their data, and which signals say so (PROTOCOL K14).
 *
 * @packageDocumentation
 */
export { consentFromSignals, type ConsentBasis, type ConsentSignals, type SignalledConsent } from './signals.js';
export { gpcFromRequest, type RequestWithHeaders } from './gpc-from-request.js';
export { memoryConsentStore } from '../stores/memory/consent-store.js';
export type { ConsentChoice, ConsentRecord, ConsentStore } from '../stores/consent-store.js';
