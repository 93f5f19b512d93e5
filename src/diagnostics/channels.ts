// Node's diagnostics channels. They are taken from `process`, because an import of `node:diagnostics_channel` would keep this package out
// of workers and its types out of programs without Node's.

/** A channel of Node's, as far as this package uses it. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  subscribe(listener: (message: unknown) => void): void;
  unsubscribe(listener: (message: unknown) => void): void;
}

/** A tracing channel of Node's, as far as this package uses it. */
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

const diagnostics = findDiagnostics();

/** In Next.js's Edge runtime the function is there and throws. */
function findDiagnostics(): DiagnosticsChannel | undefined {
  try {
    return (globalThis as Runtime).process?.getBuiltinModule?.('node:diagnostics_channel');
  } catch {
    return undefined;
  }
}

/** The process-wide channel of that name; `undefined` where the runtime has none. */
export const findChannel = (name: string): Channel | undefined => diagnostics?.channel(name);

/** The process-wide tracing channel of that name; `undefined` where the runtime has none. */
export const findTracingChannel = (name: string): TracingChannel | undefined => diagnostics?.tracingChannel?.(name);

/** Whether somebody listens to any part of a tracing channel. */
export function isListened({ start, end, asyncStart, asyncEnd, error }: TracingChannel): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/** The part of every context object that has an effect. */
export interface Traced {
  /**
   * What a subscriber of `start` may set: it gets a function that starts the work, and calls it at once inside whatever is to be active then.
   * `bindStore` takes an `AsyncLocalStorage` only, and a tracing library's context need not be one.
   */
  around?: (run: () => void) => void;
}

/** Runs work inside a tracing channel. A subscriber's `around` that fails or forgets to start the work changes nothing. */
export async function traceWork(channel: TracingChannel, context: Traced, work: () => Promise<void>): Promise<void> {
  let started: Promise<void> | undefined;
  const start = (): Promise<void> => (started ??= work());
  const startInside = (): Promise<void> => {
    try {
      context.around?.(() => void start().catch(() => undefined));
    } catch {
      // The work matters more than what observes it.
    }
    return start();
  };
  await channel.tracePromise(startInside, context);
}
