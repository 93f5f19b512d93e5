/** The options that a transport passes to `fetch`. */
export interface FetchInit {
  method: 'POST' | 'GET';
  headers: Record<string, string>;
  body: string | null;
  redirect: 'manual';
  signal: AbortSignal;
}

/** Reads a body piece by piece. */
export interface FetchBodyReader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
}

/** The part of a `Response` that a transport reads. */
export interface FetchResponseLike {
  readonly status: number;
  readonly type?: string | undefined;
  readonly headers: { forEach(visit: (value: string, name: string) => void): void };
  readonly body?: { getReader(): FetchBodyReader } | null | undefined;
  text(): Promise<string>;
}

/** The form of `fetch` that a transport needs. The global one fits in every runtime. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponseLike>;
