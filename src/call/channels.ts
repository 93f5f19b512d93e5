import {
  findChannel,
  findTracingChannel,
  isListened,
  type Channel,
  type Traced,
  type TracingChannel,
} from '../diagnostics/channels.js';
import type { Operation } from '../errors/index.js';
import type { LoopHooks } from './events.js';
import type { Reading } from './failure.js';
import type { Call } from './policy.js';

/** The channel of each hook's events; `undefined` when the runtime has no channels. */
export const hookChannels: { readonly [name in keyof LoopHooks]: Channel | undefined } = {
  onRequest: findChannel('kiip-s2s:request'),
  onResponse: findChannel('kiip-s2s:response'),
  onRetry: findChannel('kiip-s2s:retry'),
  onSettled: findChannel('kiip-s2s:settled'),
};

const attempts = findChannel('kiip-s2s:attempt');

/**
 * The context object of the tracing channel `kiip-s2s:call`; at `asyncEnd` it has the fields of a `SettledEvent` too.
 */
export interface CallTrace extends Traced {
  readonly operation: Operation;
  /** The host that requests go to, with its port. */
  readonly host: string;
  readonly method: 'POST' | 'GET';
  /** The URL without its query; absent for a call that ends without a request. */
  readonly endpoint?: string;
  /** Where the call stands: in line for a place, at work, or in the pause before a retry. */
  phase: 'queued' | 'active' | 'pausing';
}

/** The part of a `Run` from which an attempt's event is built. */
interface AttemptedRun {
  readonly call: Pick<Call<unknown>, 'method' | 'url' | 'policy'>;
  readonly attempts: number;
  readonly trace: CallTrace | null;
}

const calls = findTracingChannel('kiip-s2s:call');

/** Returns the tracing channel around calls, if it has a subscriber. */
export function findListenedTrace(): TracingChannel | undefined {
  return calls !== undefined && isListened(calls) ? calls : undefined;
}

/** Returns a URL without its query, which may hold ids. */
export function findEndpoint(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Publishes a request that has ended, with or without an answer, on the channel `kiip-s2s:attempt`. */
export function publishAttempt(
  { call, attempts: attempt, trace }: AttemptedRun,
  host: string,
  { reading, startedAt }: { readonly reading: Exclude<Reading, { kind: 'unusable' }>; readonly startedAt: number },
): void {
  if (attempts?.hasSubscribers !== true) return;
  const { kind, status } = reading;
  const event = {
    operation: call.policy.operation,
    attempt,
    host,
    method: call.method ?? 'POST',
    endpoint: findEndpoint(call.url),
    status,
    durationMs: performance.now() - startedAt,
    ...(kind !== 'answer' && kind !== 'status' && { failure: kind }),
    ...(trace !== null && { call: trace }),
  };
  attempts.publish(Object.freeze(event));
}
