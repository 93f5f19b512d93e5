import { exceeds } from '../check/byte-length.js';
import type { TransportError, TransportRequest, TransportResponse } from '../call/transport.js';
import type { Engine } from './engine.js';
import { LimitedAttempt } from './limited-attempt.js';
import { buildInvalidUrlError, isDecodingFailure, isNeverConnected, readCode } from './transport-errors.js';
import { isHttpUrl, type AxiosLike } from './transport-options.js';

/**
 * Turns the body back into text, whatever the instance's adapter or interceptors made of it; `null` if it is too long.
 *
 * @throws when it has no text, as with a circular object or a bigint.
 */
function readText(data: unknown, maxBytes: number): string | null {
  if (data === undefined || data === null) return '';
  if (typeof data === 'string') return exceeds(data, maxBytes) ? null : data;
  if (data instanceof ArrayBuffer) return readText(new Uint8Array(data), maxBytes);
  if (ArrayBuffer.isView(data)) {
    if (data.byteLength > maxBytes) return null;
    return new TextDecoder().decode(data);
  }
  // An interceptor parsed it already.
  return readText(JSON.stringify(data), maxBytes);
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Copies headers into a plain object with lower-case names. */
function readHeaders(response: unknown): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {};
  const source = readField(response, 'headers');
  for (const [name, value] of Object.entries(typeof source === 'object' && source !== null ? source : {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
    else if (typeof value === 'number') headers[name.toLowerCase()] = String(value);
    else if (Array.isArray(value)) headers[name.toLowerCase()] = value.map(String);
  }
  return headers;
}

const LIMIT_MESSAGE = /maxContentLength/;
/**
 * One call through an axios instance. Our own timer and signal end it, because an interceptor may hang; they also abort
 * the request of axios. An error is read for its code and never kept, because it holds the whole request.
 */
class InstanceAttempt extends LimitedAttempt {
  readonly #controller = new AbortController();
  /** The answer, or the one that an error carries. */
  #response: unknown;

  constructor(
    axios: AxiosLike,
    request: TransportRequest,
    resolve: (response: TransportResponse) => void,
    reject: (error: TransportError) => void,
  ) {
    super(request, resolve, reject);
    this.start();
    const keep = (data: unknown): unknown => data;
    // An interceptor may throw before it returns a promise.
    new Promise<unknown>((done) =>
      done(
        axios.request({
          url: request.url,
          method: request.method === 'GET' ? 'get' : 'post',
          headers: { ...request.headers },
          data: request.method === 'GET' ? undefined : request.body,
          responseType: 'arraybuffer',
          timeout: request.timeoutMs,
          signal: this.#controller.signal,
          allowAbsoluteUrls: true,
          maxRedirects: 0,
          fetchOptions: { redirect: 'manual' },
          maxContentLength: request.maxResponseBytes,
          maxBodyLength: Infinity,
          decompress: true,
          validateStatus: () => true,
          transformRequest: [keep],
          transformResponse: [keep],
        }),
      ),
    )
      .then((response) => this.#read(response))
      .catch((error: unknown) => this.#thrown(error));
  }

  #read(response: unknown): void {
    const status = readField(response, 'status');
    // An answer came, even if an interceptor spoilt it, so do not repeat the request.
    if (typeof status !== 'number') return this.fail('unreadable', 'interceptor_result');
    this.#response = response;
    let body: string | null;
    try {
      body = readText(readField(response, 'data'), this.request.maxResponseBytes);
    } catch {
      return this.fail('unreadable', 'interceptor_result');
    }
    if (body === null) this.fail('too_large', 'max_response_bytes');
    else this.answer({ status, headers: readHeaders(response), body });
  }

  #thrown(error: unknown): void {
    const message = readField(error, 'message');
    const response = readField(error, 'response');
    const reason = readCode(error);
    // An interceptor threw, perhaps because of the status, but the platform did answer.
    if (readField(response, 'data') !== undefined) return this.#read(response);
    this.#response = response;
    if (typeof message === 'string' && LIMIT_MESSAGE.test(message)) return this.fail('too_large', 'max_response_bytes');
    if (isDecodingFailure(error)) return this.fail('unreadable', 'decoding');
    if (reason === 'ERR_CANCELED') return this.fail('aborted', 'interceptor');
    if (reason === 'ETIMEDOUT' || reason === 'ECONNABORTED') return this.fail('timeout', reason);
    this.fail('connection', reason === 'ERR_BAD_RESPONSE' ? 'ECONNRESET' : reason);
  }

  protected describeFailure(reason: string) {
    const status = readField(this.#response, 'status');
    const headers = readHeaders(this.#response);
    const contentType = headers['content-type'];
    const retryAfter = headers['retry-after'];
    return {
      maybeSent: !isNeverConnected(reason),
      status: typeof status === 'number' ? status : null,
      contentType: typeof contentType === 'string' ? contentType : null,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
    };
  }

  protected onFailed(): void {
    this.#controller.abort();
  }
}

/** Sends through the caller's own axios instance and never closes it. */
export class AxiosInstanceEngine implements Engine {
  readonly #axios: AxiosLike;

  constructor(axios: AxiosLike) {
    this.#axios = axios;
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (!isHttpUrl(request.url)) return Promise.reject(buildInvalidUrlError());
    return new Promise((resolve, reject) => new InstanceAttempt(this.#axios, request, resolve, reject));
  }
}
