/** Request headers: a plain object as Node makes it (names in any letter case), or a `Headers`. */
export type CallbackHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** How much of a body may be read, and for how long. */
export interface BodyLimits {
  /** Bytes. */
  readonly maxBodyBytes: number;
  /** Milliseconds, from the first look at the body to its last byte. */
  readonly bodyTimeoutMs: number;
}

/** The body of a request, as far as its host still has it. */
export type FoundBody =
  | { readonly kind: 'raw'; readonly body: string | Uint8Array }
  /** A parser ran first. `advice` says which line to move, should the values no longer prove the signature. */
  | { readonly kind: 'parsed'; readonly fields: Readonly<Record<string, unknown>>; readonly advice: string }
  /** A parser ran first and kept nothing. */
  | { readonly kind: 'eaten'; readonly advice: string }
  /** It could not be read: the sender went away, was too slow, sent too much, or compressed it. */
  | { readonly kind: 'unreadable'; readonly reason: 'interrupted' | 'timeout' | 'too_large' | 'compressed' };

/** Gets a body. Called only when method, content type and announced length are fine. */
export type BodyReader = (limits: BodyLimits) => Promise<FoundBody>;

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

/** Takes callbacks in, whatever the framework. The adapters (`kiip-s2s/express` and the others) are a few lines around it. */
export interface CallbackReceiver {
  /** Verifies, remembers and handles one callback. Never rejects: every outcome is an answer (PROTOCOL K27). */
  handle(request: CallbackRequest): Promise<CallbackAnswer>;
  /** Refuses new callbacks with 503, waits for those in flight, then closes the ledger (not your database client or pool). */
  close(): Promise<void>;
}

/** Finds a header by its lower-case name; of a repeated one the first. */
export function findHeader(headers: CallbackHeaders, name: string): string | undefined {
  if (hasGet(headers)) return headers.get(name) ?? undefined;
  const value = headers[name] ?? headers[Object.keys(headers).find((key) => key.toLowerCase() === name) ?? name];
  return typeof value === 'string' ? value : value?.[0];
}

function hasGet(headers: CallbackHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}
