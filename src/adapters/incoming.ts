// What the adapters on Node's http share: getting a body, whatever ran before, and sending an answer.
import type { BodyLimits, BodyReader, CallbackAnswer, RefusedBody } from '../callbacks/index.js';

/** The part of a Node request that an adapter needs. */
export interface IncomingLike {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Node's own note of whether somebody read from the stream. */
  readonly readableDidRead?: boolean;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  removeListener(event: string, listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
}

/** The part of a Node response that an adapter needs. */
export interface OutgoingLike {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** What parsers leave behind: `rawBody` by those that keep the bytes, `body` by all. */
export interface KeptBody {
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

const isRaw = (value: unknown): value is string | Uint8Array =>
  typeof value === 'string' || value instanceof Uint8Array;

/**
 * The body of a request, in the order of how much it can be trusted to be what was sent: kept raw, still unread in the stream, parsed.
 * A body parser that found nothing to do leaves `{}` and an unread stream, so the stream goes before the object.
 *
 * @param advice - which line to move when the bytes are gone.
 */
export function bodyOf(stream: IncomingLike, kept: KeptBody, advice: string): BodyReader {
  return async (limits) => {
    const { rawBody, body } = kept;
    if (isRaw(rawBody) && rawBody.length > 0) return rawBody;
    if (isRaw(body) && body.length > 0) return body;
    if (stream.readableDidRead !== true) return readStream(stream, limits);
    if (isRaw(rawBody) || isRaw(body)) return '';
    if (typeof body === 'object' && body !== null) return { fields: body as Record<string, unknown> };
    return { refuse: 500, advice };
  };
}

function readStream(
  stream: IncomingLike,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
): Promise<Uint8Array | RefusedBody> {
  // A parser comes to the end of an empty body without having read anything.
  if (stream.readableEnded === true) return Promise.resolve(new Uint8Array());
  if (stream.destroyed === true) return Promise.resolve({ refuse: 400 });
  const encoding = stream.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return Promise.resolve({ refuse: 415 });
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const settle = (result: Uint8Array | RefusedBody): void => {
      clearTimeout(timer);
      stream.removeListener('data', onData);
      stream.removeListener('end', onEnd);
      stream.removeListener('close', onClose);
      // The rest of a refused body flows on into nothing: a sender that is still busy sending would not see the answer otherwise.
      stream.resume();
      resolve(result);
    };
    const onData = (chunk: Uint8Array): void => {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      if (size > maxBodyBytes) settle({ refuse: 413 });
    };
    const onEnd = (): void => settle(Buffer.concat(chunks));
    const onClose = (): void => settle({ refuse: 400 });
    const timer = setTimeout(() => settle({ refuse: 408 }), bodyTimeoutMs);
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('close', onClose);
    // Stays on: a connection that breaks after the answer must not take the process down. `close` follows and settles.
    stream.on('error', () => undefined);
  });
}

/** Sends an answer, unless something else (a time-out middleware) already did. */
export function send(response: OutgoingLike, { status, headers, body }: CallbackAnswer): void {
  if (response.headersSent) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
