export { startSandbox } from './start-sandbox.js';
export type {
  Delivery,
  DeliveryOptions,
  Fault,
  IssueOptions,
  KaminariRecord,
  RecordedRequest,
  RedeemOptions,
  RequestKind,
  Sandbox,
  SandboxEvent,
  SandboxKaminari,
  SandboxOptions,
  SandboxReward,
  VirtualCurrency,
} from './types.js';
