import { GrowingBytes } from './bytes.js';
import type { BodyLimits, FoundBody } from './request.js';
import { unreadable, type BodyStream } from './stream.js';

interface ReaderLike {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<unknown>;
}

/** The part of a `Request` that reading its body needs. */
export interface WebBodyLike {
  readonly bodyUsed: boolean;
  readonly body: { readonly locked: boolean; getReader(): ReaderLike } | null;
}

/** Reads the body of a `Request`. */
export function webStream(request: WebBodyLike): BodyStream {
  return {
    state: () => (request.bodyUsed || request.body?.locked === true ? 'gone' : 'unread'),
    async read(limits) {
      const bytes = new GrowingBytes(limits.maxBodyBytes);
      if (request.body === null) return { kind: 'raw', body: bytes.take() };
      return readAll(request.body.getReader(), bytes, limits);
    },
    waitForEnd: () => Promise.resolve(null),
  };
}

async function readAll(reader: ReaderLike, bytes: GrowingBytes, { bodyTimeoutMs }: BodyLimits): Promise<FoundBody> {
  let isLate = false;
  // Cancelling ends a pending read. To race each chunk against one timer's promise would leak a reaction per chunk.
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => {
    isLate = true;
    cancel();
  }, bodyTimeoutMs);
  try {
    for (;;) {
      const next = await reader.read().catch(() => null);
      if (isLate) return unreadable('timeout');
      if (next === null) return unreadable('interrupted');
      if (next.done) return { kind: 'raw', body: bytes.take() };
      if (next.value !== undefined && !bytes.add(next.value)) {
        cancel();
        return unreadable('too_large');
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
