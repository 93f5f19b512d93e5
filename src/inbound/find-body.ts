import { fromBase64, toRaw } from './bytes.js';
import { namesCompression } from './content.js';
import { findHeader, type BodyReader, type CallbackHeaders } from './request.js';
import { unreadable, type BodyStream } from './stream.js';

/** Where a host may keep a request's body. */
export interface BodyHost {
  readonly headers: CallbackHeaders;
  /** The objects on which a host or a parser leaves `rawBody` and `body`. */
  readonly places: readonly object[];
  /** The body's stream; `null` when the host always reads the body first. */
  readonly stream: BodyStream | null;
  /** Whether the host passes the body as base64. */
  readonly isBase64Encoded?: boolean | undefined;
  /** Which line of the framework's setup to change when the bytes are gone. */
  readonly advice: string;
}

/**
 * Finds the body of a request, wherever its host keeps it. Prefers the source that most likely holds the bytes as sent:
 * kept bytes, then the stream, then a parsed object. A body parser that had nothing to do leaves `{}` and an unread
 * stream, so the stream goes first.
 */
export function findBody(host: BodyHost): BodyReader {
  return async (limits) => {
    const { headers, stream, advice } = host;
    // A host without a stream, such as a function host, inflates nothing.
    const isCompressed = namesCompression(findHeader(headers, 'content-encoding'));
    if (stream === null && isCompressed) return unreadable('compressed');
    const early = findKept(host);
    if (early !== null && early.length > 0) return { kind: 'raw', body: early };
    const state = stream?.state() ?? 'gone';
    if (state === 'unread') return isCompressed ? unreadable('compressed') : (stream as BodyStream).read(limits);
    // A hook such as fastify-raw-body may still be reading; its copy exists once the stream has ended.
    const late = state === 'flowing' ? await (stream as BodyStream).waitForEnd(limits) : null;
    if (late !== null) return late;
    const body = findKept(host) ?? (stream === null ? '' : null);
    const parsed = findParsed(host);
    if (body !== null && (body.length > 0 || parsed === null)) return { kind: 'raw', body };
    return parsed === null ? { kind: 'eaten', advice } : { kind: 'parsed', fields: parsed, advice };
  };
}

/** Finds a raw body that a parser or hook kept; an empty one only if there is no other. */
function findKept({ places, isBase64Encoded }: BodyHost): string | Uint8Array | null {
  let empty: string | Uint8Array | null = null;
  for (const name of ['rawBody', 'body']) {
    for (const place of places) {
      const raw = toRaw(readProperty(place, name));
      if (raw !== null && raw.length > 0)
        return isBase64Encoded === true && typeof raw === 'string' ? fromBase64(raw) : raw;
      empty ??= raw;
    }
  }
  return empty;
}

function findParsed({ places }: BodyHost): Readonly<Record<string, unknown>> | null {
  for (const place of places) {
    const body = readProperty(place, 'body');
    if (typeof body !== 'object' || body === null || toRaw(body) !== null) continue;
    const isStream = ['pipe', 'getReader'].some((method) => typeof readProperty(body, method) === 'function');
    if (!isStream) return body as Record<string, unknown>;
  }
  return null;
}

/**
 * Reads a property. Catches, because some hosts parse in a getter that throws when the body does not match its content
 * type.
 */
function readProperty(place: object, name: string): unknown {
  try {
    return (place as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
