/** @module kiip-s2s/consent */
/**
 * `import … from 'kiip-s2s/consent'`: players' choices about the sale of their data, and the signals that carry them
 * (PROTOCOL K14).
 *
 * @packageDocumentation
 */
export { consentFromSignals, type ConsentBasis, type ConsentSignals, type SignalledConsent } from './signals.js';
export { gpcFromRequest, type RequestWithHeaders } from './gpc-from-request.js';
export { memoryConsentStore } from '../stores/memory/consent-store.js';
export type { ConsentChoice, ConsentRecord, ConsentStore } from '../stores/consent-store.js';
