/** @module kiip-s2s/sandbox */
export { startSandbox } from './start-sandbox.js';
export type { SandboxOptions } from './sandbox-options.js';
export type {
  DeliveryOptions,
  IssueOptions,
  KaminariVerdict,
  PaymentOptions,
  RedeemOptions,
  Sandbox,
  SandboxKaminari,
} from './sandbox.js';
export type {
  ComplianceRecord,
  ConversionRecord,
  Delivery,
  KaminariRecord,
  RecordedRequest,
  RequestKind,
  SandboxAdvice,
  SandboxEvent,
  SandboxReward,
  VirtualCurrency,
} from './records.js';
export type { Fault } from './faults.js';
