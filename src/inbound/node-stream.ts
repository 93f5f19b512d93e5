import { GrowingBytes } from './bytes.js';
import type { BodyLimits, FoundBody } from './request.js';
import { unreadable, type BodyStream } from './stream.js';

/** The part of a Node stream that reading a body needs. */
export interface NodeStreamLike {
  /** Whether somebody has read from the stream, as Node says. */
  readonly readableDidRead?: boolean;
  readonly readableEnded?: boolean;
  readonly readableFlowing?: boolean | null;
  readonly destroyed?: boolean;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  removeListener(event: string, listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
}

type Events = Readonly<Record<'data' | 'end' | 'close', ((chunk: Uint8Array) => void) | undefined>>;

/** Reads a request of `node:http`, or a stream that a framework put in its place. */
export function nodeStream(stream: NodeStreamLike): BodyStream {
  return {
    state() {
      // Do not ask for the end first: a parser can reach the end of an empty body without reading anything.
      if (stream.readableDidRead !== true) return 'unread';
      const flows = stream.readableFlowing === true && stream.readableEnded !== true && stream.destroyed !== true;
      return flows ? 'flowing' : 'gone';
    },
    read(limits) {
      const bytes = new GrowingBytes(limits.maxBodyBytes);
      if (stream.readableEnded === true) return Promise.resolve({ kind: 'raw', body: bytes.take() });
      if (stream.destroyed === true) return Promise.resolve(unreadable('interrupted'));
      return listen<FoundBody>(stream, limits, unreadable('timeout'), (settle) => ({
        data: (chunk) => {
          if (!bytes.add(chunk)) settle(unreadable('too_large'));
        },
        end: () => settle({ kind: 'raw', body: bytes.take() }),
        close: () => settle(unreadable('interrupted')),
      }));
    },
    waitForEnd(limits) {
      return listen<FoundBody | null>(stream, limits, unreadable('timeout'), (settle) => ({
        data: undefined,
        end: () => settle(null),
        close: () => settle(null),
      }));
    },
  };
}

function listen<T>(
  stream: NodeStreamLike,
  { bodyTimeoutMs }: BodyLimits,
  late: T,
  makeEvents: (settle: (result: T) => void) => Events,
): Promise<T> {
  return new Promise((resolve) => {
    const settle = (result: T): void => {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(events)) if (listener) stream.removeListener(name, listener);
      // Drain the rest of a refused body, or a sender that is still sending never sees the answer.
      stream.resume();
      resolve(result);
    };
    const timer = setTimeout(settle, bodyTimeoutMs, late);
    const events = makeEvents(settle);
    // Keep this listener: a connection that breaks after the answer must not end the process. `close` follows and
    // settles.
    stream.on('error', () => undefined);
    for (const [name, listener] of Object.entries(events)) if (listener) stream.on(name, listener);
  });
}
