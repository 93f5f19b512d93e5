import type { Attributes } from '@opentelemetry/api';
import { findChannel, findTracingChannel, type Channel, type TracingChannel } from '../diagnostics/channels.js';
import { KiipConfigError } from '../errors/index.js';
import { readEndpoint } from './attributes.js';

/** The context object of the tracing channel `kiip-s2s:call`, as documented in docs/telemetry.md. */
export interface CallTrace {
  readonly operation: string;
  readonly host: string;
  readonly method: string;
  readonly endpoint?: string;
  readonly phase: 'queued' | 'active' | 'pausing';
  around?: (run: () => void) => void;
  readonly attempts?: number;
  readonly durationMs?: number;
  readonly outcome?: string;
  readonly code?: string;
}

/** The message of the channel `kiip-s2s:attempt`. */
export interface AttemptEvent {
  readonly operation: string;
  readonly attempt: number;
  readonly method: string;
  readonly endpoint: string;
  readonly status: number | null;
  readonly failure?: string;
  readonly durationMs: number;
  readonly call?: CallTrace;
}

/** The message of the channel `kiip-s2s:retry`. */
export interface RetryEvent {
  readonly operation: string;
  readonly host: string;
  readonly code: string;
}

/** The context object of the tracing channel `kiip-s2s:callback`. */
export interface MessageTrace {
  readonly message: string;
  around?: (run: () => void) => void;
  readonly type?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly status?: number;
  readonly durationMs?: number;
}

/** The channels that are recorded. */
export interface Channels {
  readonly calls: TracingChannel;
  readonly messages: TracingChannel;
  readonly attempts: Channel;
  readonly retries: Channel;
}

/** @throws KiipConfigError when the runtime has no diagnostics channels. */
export function findChannels(): Channels {
  const calls = findTracingChannel('kiip-s2s:call');
  const messages = findTracingChannel('kiip-s2s:callback');
  const attempts = findChannel('kiip-s2s:attempt');
  const retries = findChannel('kiip-s2s:retry');
  if (calls === undefined || messages === undefined || attempts === undefined || retries === undefined)
    throw new KiipConfigError(
      'instrument() needs diagnostics channels, which this runtime does not have: on Cloudflare, set the flag nodejs_compat; elsewhere use the hooks of the clients.',
    );
  return { calls, messages, attempts, retries };
}

/** Subscribes to a channel. Returns the function that unsubscribes. */
export function listen<Event>(channel: Channel, listener: (event: Event) => void): () => void {
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

/** Describes how a request ended: its status, and what went wrong. */
export function describeAttemptEnd({ status, failure }: AttemptEvent): Attributes {
  const errorType = failure ?? (status !== null && status >= 400 ? String(status) : undefined);
  return {
    ...(status !== null && { 'http.response.status_code': status }),
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}

/** Describes a request and how it ended. */
export const describeAttempt = (event: AttemptEvent): Attributes => ({
  'kiip.operation': event.operation,
  'http.request.method': event.method,
  ...readEndpoint(event.endpoint),
  ...describeAttemptEnd(event),
});

/** Describes how a call ended. */
export const describeCallEnd = ({ outcome = 'error', code }: CallTrace): Attributes => ({
  'kiip.outcome': outcome,
  ...(code !== undefined && { 'error.type': code }),
});

/** Describes a message and how it was answered. */
export const describeMessageEnd = ({
  message,
  type,
  outcome = 'failed',
  code,
  status = 500,
}: MessageTrace): Attributes => ({
  'kiip.message': message,
  ...(type !== undefined && { 'kiip.message.type': type }),
  'kiip.outcome': outcome,
  'http.response.status_code': status,
  ...(code !== undefined && { 'error.type': code }),
});
