// The process-wide diagnostics channels. They are read from `process`, because importing `node:diagnostics_channel` would break workers
// and programs that do not have Node's types.
import type { LoopHooks } from './events.js';

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** The part of Node's tracing channel that the loop uses. */
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

/** The channel of each hook's events; `undefined` when the runtime has no channels. */
export const hookChannels: { readonly [name in keyof LoopHooks]: Channel | undefined } = {
  onRequest: diagnostics?.channel('kiip-s2s:request'),
  onResponse: diagnostics?.channel('kiip-s2s:response'),
  onRetry: diagnostics?.channel('kiip-s2s:retry'),
  onSettled: diagnostics?.channel('kiip-s2s:settled'),
};

const calls = diagnostics?.tracingChannel('kiip-s2s:call');

/** Returns the tracing channel around calls, if it has a subscriber. */
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
