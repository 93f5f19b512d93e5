/** Request headers: a plain object like Node's, with names in any letter case, or a `Headers`. */
export type CallbackHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** How much of a body may be read, and for how long. */
export interface BodyLimits {
  /** The largest body, in bytes. */
  readonly maxBodyBytes: number;
  /** Milliseconds from the first look at the body to its last byte. */
  readonly bodyTimeoutMs: number;
}

/** The body of a request, or the reason why it is missing. */
export type FoundBody =
  | { readonly kind: 'raw'; readonly body: string | Uint8Array }
  /** A parser ran first. `advice` says which line to move if the signature no longer verifies. */
  | { readonly kind: 'parsed'; readonly fields: Readonly<Record<string, unknown>>; readonly advice: string }
  /** A parser ran first and kept nothing. */
  | { readonly kind: 'eaten'; readonly advice: string }
  /** The body could not be read: the sender went away, was too slow, sent too much, or compressed it. */
  | { readonly kind: 'unreadable'; readonly reason: 'interrupted' | 'timeout' | 'too_large' | 'compressed' };

/** Reads a body. Called only when method, content type and announced length are acceptable. */
export type BodyReader = (limits: BodyLimits) => Promise<FoundBody>;

/** The request of a callback, in a form that any framework can supply. */
export interface CallbackRequest {
  /** The HTTP method, in any letter case. */
  readonly method: string;
  /** The request's headers. */
  readonly headers: CallbackHeaders;
  /** The body as it came in (bytes or text, never parsed and re-serialised), or a function that reads it. */
  readonly rawBody: string | Uint8Array | BodyReader;
}

/** The answer, in a form that any framework can send. */
export interface CallbackAnswer {
  /** The HTTP status (PROTOCOL K27). */
  readonly status: number;
  /** The answer's headers, with names in lower case. */
  readonly headers: Record<string, string>;
  /** The answer's body: JSON. */
  readonly body: string;
}

/**
 * Receives callbacks under any framework. The adapters (`kiip-s2s/express` and the others) are a few lines around it.
 */
export interface CallbackReceiver {
  /** Verifies, remembers and handles one callback. Never rejects: every outcome is an answer (PROTOCOL K27). */
  handle(request: CallbackRequest): Promise<CallbackAnswer>;
  /**
   * Refuses new callbacks with 503, waits for those in flight, then closes the ledger (not your database client or
   * pool).
   */
  close(): Promise<void>;
}

/** Finds a header by its lower-case name. Returns the first value of a repeated one. */
export function findHeader(headers: CallbackHeaders, name: string): string | undefined {
  if (hasGet(headers)) return headers.get(name) ?? undefined;
  const value = headers[name] ?? headers[Object.keys(headers).find((key) => key.toLowerCase() === name) ?? name];
  return typeof value === 'string' ? value : value?.[0];
}

function hasGet(headers: CallbackHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}
