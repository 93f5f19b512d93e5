import { channel } from 'node:diagnostics_channel';
import type { Operation } from '../errors/index.js';
import { HookCaller } from '../call/hook-caller.js';

/** A request of a call. Holds no personal data and no secret. */
export interface CallEvent {
  readonly operation: 'session_start' | 'session_end' | 'moment';
  /** 1 for the first request of the call. */
  readonly attempt: number;
  /** The platform's host, with its port. */
  readonly host: string;
}

/** An answer, whatever its status. */
export interface ResponseEvent extends CallEvent {
  readonly status: number;
  /** Milliseconds from handing the request to the transport to the end of the answer. */
  readonly durationMs: number;
}

/** A failed request that will be repeated. */
export interface RetryEvent extends CallEvent {
  /** Milliseconds until the next request. */
  readonly delayMs: number;
  /** Why: `http_status`, `connection` or `timeout`. */
  readonly code: string;
}

/**
 * Functions told of every request, answer and retry, for logs and metrics. A hook that throws is warned about once and breaks
 * nothing. The same events go out on the `diagnostics_channel`s `kiip-s2s:request`, `kiip-s2s:response` and `kiip-s2s:retry`.
 */
export interface Hooks {
  onRequest?(event: CallEvent): void;
  onResponse?(event: ResponseEvent): void;
  onRetry?(event: RetryEvent): void;
}

const channels = {
  onRequest: channel('kiip-s2s:request'),
  onResponse: channel('kiip-s2s:response'),
  onRetry: channel('kiip-s2s:retry'),
};

/** The operations that a client of the platform knows. */
export type PlatformOperation = Extract<Operation, CallEvent['operation']>;

/** Tells hooks and channels. */
export class Observer extends HookCaller<Hooks> {
  constructor(hooks: Hooks | undefined) {
    super(hooks, channels);
  }
}
