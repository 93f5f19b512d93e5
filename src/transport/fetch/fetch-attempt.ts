import { exceeds } from '../../check/byte-length.js';
import { LimitedAttempt } from '../limited-attempt.js';
import { isDecodingFailure } from '../transport-errors.js';
import type { FetchLike, FetchResponseLike } from './fetch-like.js';

/** The status to report for a redirect that the runtime hides, as browsers do. */
const OPAQUE_REDIRECT_STATUS = 302;

class TooLarge extends Error {}

function readHeaders({ headers }: FetchResponseLike): Record<string, string> {
  const read: Record<string, string> = {};
  headers.forEach((value, name) => (read[name.toLowerCase()] = value));
  return read;
}

/** Reads a body as text, and throws as soon as it exceeds `maxBytes`. */
async function readText(response: FetchResponseLike, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  // React Native never has a stream, and an empty body may not have one either.
  if (reader === undefined) {
    const text = await response.text();
    if (exceeds(text, maxBytes)) throw new TooLarge();
    return text;
  }
  const decoder = new TextDecoder();
  let text = '';
  let received = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    received += piece.value?.length ?? 0;
    if (received > maxBytes) throw new TooLarge();
    text += decoder.decode(piece.value, { stream: true });
  }
  return text + decoder.decode();
}

/** One request through `fetch`. Our own timer and signal end it. An error of `fetch` is never kept, because it may hold the request. */
export class FetchAttempt extends LimitedAttempt {
  readonly #controller = new AbortController();
  #status: number | null = null;
  #headers: Record<string, string> = {};

  run(send: FetchLike): void {
    this.start();
    this.#exchange(send).catch((error: unknown) => {
      if (error instanceof TooLarge) this.fail('too_large', 'max_response_bytes');
      else if (isDecodingFailure(error)) this.fail('unreadable', 'decoding');
      else this.fail('connection', 'fetch_failed');
    });
  }

  async #exchange(send: FetchLike): Promise<void> {
    const { url, method = 'POST', headers, body, maxResponseBytes } = this.request;
    const response = await send(url, {
      method,
      headers: { ...headers },
      body: method === 'GET' ? null : body,
      redirect: 'manual',
      signal: this.#controller.signal,
    });
    this.#status = response.type === 'opaqueredirect' ? OPAQUE_REDIRECT_STATUS : response.status;
    this.#headers = readHeaders(response);
    if (Number(this.#headers['content-length']) > maxResponseBytes) throw new TooLarge();
    const text = await readText(response, maxResponseBytes);
    this.answer({ status: this.#status, headers: this.#headers, body: text });
  }

  protected describeFailure() {
    return {
      maybeSent: true,
      status: this.#status,
      contentType: this.#headers['content-type'],
      retryAfter: this.#headers['retry-after'],
    };
  }

  protected onFailed(): void {
    this.#controller.abort();
  }
}
