/** @module kiip-s2s/callbacks */
export type { CallbackEvent, IssuanceEvent, RedemptionEvent } from './event/event.js';
export type { Ledger, LedgerClaim, LedgerEntry, LedgerOutcome, LedgerRunner } from '../stores/ledger.js';
export type { KnownReward, NotedReward, RewardBook } from '../stores/reward-book.js';
export { signCallback, type IssuanceFields, type RedemptionFields, type SignOptions } from './sign.js';
export type { RedemptionFormula } from './signature/formula.js';
export { memoryLedger, type MemoryLedgerOptions } from '../stores/memory/ledger.js';
export { memoryRewardBook, type MemoryRewardBookOptions } from '../stores/memory/reward-book.js';
export type { VerifyCallbackOptions, VerifyOptions } from './verify-options.js';
export { verifyCallback, verifyCallbackFields } from './verify.js';
export type {
  CallbackContext,
  CallbackErrorInfo,
  CallbackReceiverOptions,
  SecretOption,
} from './receiver/callback-receiver-options.js';
export { createCallbackReceiver } from './receiver/receiver.js';
export type { ReceiverOptions } from '../inbound/receiver-options.js';
export type { CallbackRefusal } from '../inbound/refusals.js';
export type {
  BodyLimits,
  BodyReader,
  CallbackAnswer,
  CallbackHeaders,
  CallbackReceiver,
  CallbackRequest,
  FoundBody,
} from '../inbound/request.js';
