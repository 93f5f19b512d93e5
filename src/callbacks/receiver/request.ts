/** Request headers: a plain object as Node makes it (names in any letter case), or a `Headers`. */
export type CallbackHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** How much of a body, and for how long, an adapter may wait for. */
export interface BodyLimits {
  /** Bytes. */
  readonly maxBodyBytes: number;
  /** Milliseconds, from the first look at the body to its last byte. */
  readonly bodyTimeoutMs: number;
}

/** A body a framework's parser already turned into an object. */
export interface ParsedBody {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A body that could not be had, and the answer to give. 500: a parser ate it, and `advice` says which line to move. */
export interface RefusedBody {
  readonly refuse: 400 | 408 | 413 | 415 | 500;
  readonly advice?: string;
}

/** How adapters hand in a body: asked for only when method, content type and announced length are fine. */
export type BodyReader = (limits: BodyLimits) => Promise<string | Uint8Array | ParsedBody | RefusedBody>;

/** A callback as any framework can put it. */
export interface CallbackRequest {
  readonly method: string;
  readonly headers: CallbackHeaders;
  /** The body as it came in, bytes or text, never parsed and written again; or a function that gets it. */
  readonly rawBody: string | Uint8Array | BodyReader;
}

/** What to answer, as any framework can send it. */
export interface CallbackAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A header by its lower-case name; of a repeated one the first. */
export function headerOf(headers: CallbackHeaders, name: string): string | undefined {
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  const exact = headers[name] ?? headers[Object.keys(headers).find((key) => key.toLowerCase() === name) ?? name];
  return typeof exact === 'string' ? exact : exact?.[0];
}

function isHeaders(headers: CallbackHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}
