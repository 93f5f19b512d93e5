export type { CallbackEvent, IssuanceEvent, RedemptionEvent } from './event/event.js';
export type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome, LedgerRunner } from '../stores/ledger.js';
export { signCallback, type IssuanceFields, type RedemptionFields } from './sign.js';
export type { RedemptionFormula } from './signature/formula.js';
export { memoryLedger, type MemoryLedgerOptions } from '../stores/memory/ledger.js';
export type { VerifyOptions } from './options.js';
export { verifyCallback, verifyCallbackFields, type VerifyCallbackOptions } from './verify.js';
export type { CallbackContext, CallbackReceiverOptions } from './receiver/options.js';
export { createCallbackReceiver, type CallbackReceiver } from './receiver/receiver.js';
export type {
  BodyLimits,
  BodyReader,
  CallbackAnswer,
  CallbackHeaders,
  CallbackRequest,
  ParsedBody,
  RefusedBody,
} from './receiver/request.js';
