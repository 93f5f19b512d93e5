/**
 * The part of an undici dispatcher that is needed. `Agent`, `ProxyAgent`, `MockAgent`, `Pool` and `Client` of version 7
 * or later fit.
 */
export interface DispatcherLike {
  dispatch(options: never, handler: never): boolean;
}

/** undici's handle for aborting a request in progress. */
export interface DispatchController {
  abort(reason: Error): void;
}

/** undici's callbacks for a request, by the names that versions 7 and 8 share. */
export interface DispatchHandler {
  /** The connection exists, and the request is about to be written. */
  onRequestStart(controller: DispatchController): void;
  onRequestUpgrade(controller: DispatchController): void;
  onResponseStart(controller: DispatchController, status: number, headers: AnswerHeaders): void;
  onResponseData(controller: DispatchController, chunk: Uint8Array): void;
  onResponseEnd(): void;
  onResponseError(controller: DispatchController | null, error: unknown): void;
}

export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface DispatchOptions {
  readonly origin: string;
  readonly path: string;
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly headersTimeout: 0;
  readonly bodyTimeout: 0;
}

/** A dispatcher for one request, and the functions that give it back. */
export interface Lease {
  readonly dispatcher: DispatcherLike;
  /** The answer is complete. */
  release(keepAlive: string): void;
  /** The request failed or was aborted. */
  discard(): void;
}
