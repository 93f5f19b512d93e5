// The process-wide channels of every client. They are taken from `process`, because an import of `node:diagnostics_channel` would
// keep this package out of workers and its types out of programs without Node's.
import type { LoopHooks } from './events.js';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** A tracing channel of Node's, as far as the loop uses it. */
export interface TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
  tracePromise(run: () => Promise<void>, context: object): Promise<void>;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
  tracingChannel(name: string): TracingChannel;
}

interface Runtime {
  readonly process?: { getBuiltinModule?(name: string): DiagnosticsChannel | undefined };
}

const diagnostics = (globalThis as Runtime).process?.getBuiltinModule?.('node:diagnostics_channel');

/** The channel of each hook's events; `undefined` where the runtime has none. */
export const hookChannels: { readonly [name in keyof LoopHooks]: Channel | undefined } = {
  onRequest: diagnostics?.channel('kiip-s2s:request'),
  onResponse: diagnostics?.channel('kiip-s2s:response'),
  onRetry: diagnostics?.channel('kiip-s2s:retry'),
  onSettled: diagnostics?.channel('kiip-s2s:settled'),
};

const calls = diagnostics?.tracingChannel('kiip-s2s:call');

/** The tracing channel around every call, while somebody listens to any part of it. */
export function findListenedTrace(): TracingChannel | undefined {
  if (calls === undefined) return undefined;
  const { start, end, asyncStart, asyncEnd, error } = calls;
  const isListened =
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers;
  return isListened ? calls : undefined;
}
