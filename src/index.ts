/** @module kiip-s2s */
/**
 * `import … from 'kiip-s2s'`: the client, and the pure functions it is built from.
 *
 * @packageDocumentation
 */
export { KiipClient } from './client/kiip-client.js';
export type { MomentOptions, SessionOptions } from './client/call-options.js';
export type { KiipClientOptions } from './client/client-options.js';
export type { PlayerSession } from './client/player-session.js';
export type { ClientSettings } from './client/client-options.js';
export type { ConsentUpdateOutcome } from './client/consent-update.js';
export type { ConsentReport, ConsentUpdate } from './request/consent-report.js';
export type { RetryOptions } from './client/retry.js';
export type { CallEvent, Hooks, ResponseEvent, RetryEvent, SettledEvent } from './client/hooks.js';
export type {
  AppIdentity,
  CallContext,
  ConnectionInfo,
  ConsentInfo,
  ContextDefaults,
  ContextFields,
  DeviceContext,
  DeviceInfo,
  IdentityFields,
  KiipContext,
  KiipIdentity,
  LocationInfo,
  NinthDecimalContext,
  NinthDecimalIdentity,
  Platform,
  SessionEvent,
  UserInfo,
} from './request/context.js';
export type {
  KiipMomentPayload,
  KiipSessionPayload,
  MomentPayload,
  NinthDecimalMomentPayload,
  NinthDecimalPayloadFields,
  NinthDecimalSessionPayload,
  PayloadEvent,
  PayloadFields,
  SessionPayload,
} from './request/payload.js';
export { buildMoment, buildSessionEnd, buildSessionStart } from './request/build.js';
export { adviseOn, type Advice, type AdviceCode } from './request/advise.js';
export { adviseOnOutcome, type WhereFrom } from './request/advise-on-outcome.js';
export { EEA_COUNTRIES, GDPR_COUNTRIES, type CountryGroup } from './request/countries.js';
export { US_TEST_PLACE, type Place } from './request/places.js';
export { parseSessionResponse, type SessionReceipt } from './response/session.js';
export { parseMomentResponse, type MomentOutcome, type Reward } from './response/moment.js';
export { parseBodyUrl, type BodyUrl } from './response/body-url.js';
export { TransportError, type Transport, type TransportRequest, type TransportResponse } from './call/transport.js';
export {
  CallbackFormatError,
  CallbackSignatureError,
  KiipAbortError,
  KiipCallError,
  KiipClosedError,
  KiipConfigError,
  KiipConnectionError,
  KiipError,
  KiipHttpError,
  KiipOverloadedError,
  KiipRefusedError,
  KiipResponseError,
  KiipTimeoutError,
  KiipValidationError,
  isKiipError,
  type CallFacts,
  type KiipErrorCode,
  type Operation,
  type ValidationIssue,
} from './errors/index.js';
