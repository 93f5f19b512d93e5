/** @module kiip-s2s/kaminari */
export { KaminariClient } from './client.js';
export { type CloseReport } from './deliveries.js';
export { type KaminariClientOptions, type SignalOptions } from './client-options.js';
export { createImpressionId, type Impression } from './impression.js';
export { CLIENT_HINTS, type Visitor } from './headers.js';
export { visitorFromRequest, type FetchRequestLike, type NodeRequestLike, type VisitorOptions } from './visitor.js';
export { type TrustFunction, type TrustProxy } from './trust.js';
export {
  type FastifyHook,
  type Middleware,
  type Page,
  type PageLocals,
  type ReplyLike,
  type WebRequest,
} from './page.js';
export { type MiddlewareOptions, type PageOptions, type ResponseLike, type UncheckedSubs } from './page-options.js';
export { type PingTestResult } from './ping-test.js';
export { parsePingBack, type PingBack } from './ping-back.js';
export {
  createPingBackReceiver,
  type PingBackErrorInfo,
  type PingBackReceiverOptions,
  type VerdictClient,
} from './ping-back-receiver.js';
export { type ScriptTagOptions } from './script-tag.js';
export { memoryVerdictStore, type MemoryVerdictStoreOptions } from '../stores/memory/verdict-store.js';
export type { NotedVerdict, Verdict, VerdictStore } from '../stores/verdict-store.js';
export type { Ledger, LedgerOutcome } from '../stores/ledger.js';
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
export { type Conversion, type ConversionStatus } from './conversion.js';
export {
  type KaminariHooks,
  type KaminariOperation,
  type PingEvent,
  type PingResponseEvent,
  type PingRetryEvent,
  type PingSettledEvent,
  type RetryCode,
} from './hooks.js';
export { type PingResult } from './ping-result.js';
export { type SubName, type Subs } from './subs.js';
