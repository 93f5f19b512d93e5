// Gets Node's diagnostics channels from `process`. An import of `node:diagnostics_channel` would break this package in
// workers, and its types in programs without Node's types.

/** The part of a Node channel that this package needs. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  subscribe(listener: (message: unknown) => void): void;
  unsubscribe(listener: (message: unknown) => void): void;
}

/** The part of a Node tracing channel that this package needs. */
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

/** Gets the module. Catches, because Next.js's Edge runtime has the function but throws. */
function findDiagnostics(): DiagnosticsChannel | undefined {
  try {
    return (globalThis as Runtime).process?.getBuiltinModule?.('node:diagnostics_channel');
  } catch {
    return undefined;
  }
}

/** Finds the process-wide channel of a name; `undefined` if the runtime lacks channels. */
export const findChannel = (name: string): Channel | undefined => diagnostics?.channel(name);

/** Finds the process-wide tracing channel of a name; `undefined` if the runtime lacks them. */
export const findTracingChannel = (name: string): TracingChannel | undefined => diagnostics?.tracingChannel?.(name);

/** Whether any part of a tracing channel has a subscriber. */
export function isListened({ start, end, asyncStart, asyncEnd, error }: TracingChannel): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/** The property of a context object that changes how the work runs. */
export interface Traced {
  /**
   * A subscriber of `start` may set this to run the work inside a context of its own. It gets the function that starts
   * the work and must call it synchronously. Use it for contexts that are not an `AsyncLocalStorage`, which is all that
   * `bindStore` accepts.
   */
  around?: (run: () => void) => void;
}

/** Runs work inside a tracing channel, even if a subscriber's `around` throws or forgets to start it. */
export async function traceWork(channel: TracingChannel, context: Traced, work: () => Promise<void>): Promise<void> {
  let started: Promise<void> | undefined;
  const start = (): Promise<void> => (started ??= work());
  const startInside = (): Promise<void> => {
    try {
      context.around?.(() => void start().catch(() => undefined));
    } catch {
      // A failing observer must not stop the work.
    }
    return start();
  };
  await channel.tracePromise(startInside, context);
}
