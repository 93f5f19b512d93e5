import { metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import { checkOptions } from '../check/options.js';
import { having } from '../check/rules.js';
import { findChannel, findTracingChannel, type Channel } from '../diagnostics/channels.js';
import { KiipConfigError } from '../errors/index.js';
import { VERSION } from '../version.js';
import * as z from '../zod.js';
import { CallRecorder } from './call-recorder.js';
import { createInstruments } from './instruments.js';
import { MessageRecorder } from './message-recorder.js';

/** Options of {@link instrument}. */
export interface InstrumentOptions {
  /**
   * Receives the spans.
   * @defaultValue The global provider, which may be registered later.
   */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Receives the metrics.
   * @defaultValue The global provider at the time of the call: register it first.
   */
  readonly meterProvider?: MeterProvider | undefined;
}

const schema = z.strictObject({
  tracerProvider: having<TracerProvider>(['getTracer'], 'a TracerProvider of OpenTelemetry'),
  meterProvider: having<MeterProvider>(['getMeter'], 'a MeterProvider of OpenTelemetry'),
});

const NAME = 'kiip-s2s';

/** One pair of providers, shared by all calls of `instrument()` that name it. */
interface Feed {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  users: number;
  stop(): void;
}

// Keep the list on the global object: the ESM and CommonJS builds share the channels, so each would record the same calls.
const FEEDS = Symbol.for('kiip-s2s.opentelemetry.feeds');
const feeds = ((globalThis as { [FEEDS]?: Set<Feed> })[FEEDS] ??= new Set<Feed>());

/**
 * Records spans and metrics of every client and receiver of the process: a span for each call, ping and callback, and the instruments of
 * docs/telemetry.md. Existing clients are recorded too. Call it once, after your OpenTelemetry SDK has started; a second call with the same
 * providers records nothing twice.
 *
 * No attribute holds a key, an id, a player's address, a place or a body.
 *
 * @returns A function that stops the recording.
 * @throws KiipConfigError when an option is wrong or the runtime has no diagnostics channels.
 * @example
 * ```ts
 * import { instrument } from 'kiip-s2s/opentelemetry';
 *
 * const stopRecording = instrument();
 * process.once('SIGTERM', stopRecording);
 * ```
 */
export function instrument(options: InstrumentOptions = {}): () => void {
  checkOptions('instrument', schema, options);
  const tracerProvider = options.tracerProvider ?? trace.getTracerProvider();
  const meterProvider = options.meterProvider ?? metrics.getMeterProvider();
  let feed = [...feeds].find(
    (other) => other.tracerProvider === tracerProvider && other.meterProvider === meterProvider,
  );
  if (feed === undefined) {
    feed = { tracerProvider, meterProvider, users: 0, stop: startFeed(tracerProvider, meterProvider) };
    feeds.add(feed);
  }
  const joined = feed;
  joined.users += 1;
  let isUser = true;
  return () => {
    if (!isUser) return;
    isUser = false;
    joined.users -= 1;
    if (joined.users > 0) return;
    feeds.delete(joined);
    joined.stop();
  };
}

function startFeed(tracerProvider: TracerProvider, meterProvider: MeterProvider): () => void {
  const calls = findTracingChannel('kiip-s2s:call');
  const messages = findTracingChannel('kiip-s2s:callback');
  const attempts = findChannel('kiip-s2s:attempt');
  const retries = findChannel('kiip-s2s:retry');
  if (calls === undefined || messages === undefined || attempts === undefined || retries === undefined)
    throw new KiipConfigError(
      'instrument() needs diagnostics channels, which this runtime does not have: on Cloudflare, set the flag nodejs_compat; elsewhere use the hooks of the clients.',
    );
  const tracer = tracerProvider.getTracer(NAME, VERSION);
  const instruments = createInstruments(meterProvider.getMeter(NAME, VERSION));
  const call = new CallRecorder(tracer, instruments);
  const message = new MessageRecorder(tracer, instruments);
  const undo = [
    listen(calls.start, call.start),
    listen(calls.asyncEnd, call.end),
    listen(attempts, call.attempt),
    listen(retries, call.retry),
    listen(messages.start, message.start),
    listen(messages.asyncEnd, message.end),
    call.observe(),
    message.observe(),
  ];
  return () => undo.forEach((stop) => stop());
}

function listen<Event>(channel: Channel, listener: (event: Event) => void): () => void {
  // Catch errors, because Node throws a subscriber's error as an uncaught exception, which ends the process.
  const guarded = (event: unknown): void => {
    try {
      listener(event as Event);
    } catch {
      // A failing provider must not stop calls and callbacks.
    }
  };
  channel.subscribe(guarded);
  return () => channel.unsubscribe(guarded);
}
