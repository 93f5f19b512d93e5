export type { CallbackEvent, IssuanceEvent, RedemptionEvent } from './event/event.js';
export type { Ledger, LedgerOutcome } from './ledger.js';
export { signCallback, type IssuanceFields, type RedemptionFields } from './sign.js';
export type { RedemptionFormula } from './signature/formula.js';
export { memoryLedger, type MemoryLedgerOptions } from '../ledgers/memory.js';
export type { VerifyOptions } from './options.js';
export { verifyCallback, verifyCallbackFields, type VerifyCallbackOptions } from './verify.js';
