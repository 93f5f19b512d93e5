import type { TransportError, TransportRequest, TransportResponse } from '../../call/transport.js';
import { decode, toText } from '../decode.js';
import { LimitedAttempt } from '../limited-attempt.js';
import { readCode } from '../transport-errors.js';
import type { AnswerHeaders, DispatchController, DispatchHandler, DispatchOptions, Lease } from './dispatcher.js';

/** Maps undici's codes to the system codes with the same meaning. */
const SYSTEM_CODES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_SOCKET', 'ECONNRESET'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET'],
  ['UND_ERR_INVALID_ARG', 'ERR_INVALID_CHAR'],
]);
const TIMEOUT_CODE = /^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$/;

const readFirst = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value?.[0] ?? '');

/** One request through an undici dispatcher. */
export class UndiciAttempt extends LimitedAttempt implements DispatchHandler {
  readonly #lease: Lease;
  #controller: DispatchController | null = null;
  #status: number | null = null;
  #headers: AnswerHeaders = {};
  #chunks: Buffer[] = [];
  #received = 0;
  #mayReuse = true;

  constructor(
    request: TransportRequest,
    lease: Lease,
    resolve: (response: TransportResponse) => void,
    reject: (error: TransportError) => void,
  ) {
    super(request, resolve, reject);
    this.#lease = lease;
  }

  run(options: DispatchOptions): void {
    this.start();
    try {
      this.#lease.dispatcher.dispatch(options as never, this as never);
    } catch (error) {
      this.onResponseError(null, error);
    }
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller;
    // The attempt ended while the caller's dispatcher was connecting, so write nothing.
    if (this.settled) controller.abort(new Error('given up'));
  }

  onRequestUpgrade(): void {
    this.fail('connection', 'ECONNRESET');
  }

  onResponseStart(_: DispatchController, status: number, headers: AnswerHeaders): void {
    // Ignore interim (1xx) answers, which arrive here too.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (Number(readFirst(headers['content-length'])) > this.request.maxResponseBytes)
      this.fail('too_large', 'max_response_bytes');
  }

  onResponseData(_: DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.request.maxResponseBytes) this.fail('too_large', 'max_response_bytes');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.settled) return;
    const [first] = this.#chunks;
    const data = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const encoding = [this.#headers['content-encoding'] ?? []].flat().join(',');
    if (encoding === '') return this.#succeed(toText(data));
    void decode(data, encoding, this.request.maxResponseBytes).then((body) => {
      if (body === null) this.fail('too_large', 'max_response_bytes');
      else this.#succeed(body);
    });
  }

  onResponseError(_: DispatchController | null, error: unknown): void {
    // A 204 is complete with its head. Some servers announce or send a body after it, which undici refuses.
    if (this.#status === 204) {
      this.#mayReuse = false;
      return this.#succeed('');
    }
    const code = readCode(error);
    if (TIMEOUT_CODE.test(code)) this.fail('timeout', 'timeout');
    else this.fail('connection', SYSTEM_CODES.get(code) ?? code);
  }

  protected describeFailure() {
    return {
      maybeSent: this.#controller !== null,
      status: this.#status,
      contentType: readFirst(this.#headers['content-type']),
      retryAfter: readFirst(this.#headers['retry-after']),
    };
  }

  protected onFailed(): void {
    this.#chunks = [];
    this.#controller?.abort(new Error('given up'));
    this.#lease.discard();
  }

  protected override onAnswered(): void {
    this.#chunks = [];
    if (this.#mayReuse) this.#lease.release(readFirst(this.#headers['keep-alive']));
    else this.#lease.discard();
  }

  #succeed(body: string): void {
    this.answer({ status: this.#status ?? 0, headers: this.#headers, body });
  }
}
