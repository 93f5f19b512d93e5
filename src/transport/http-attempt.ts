import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { decode, toText } from './decode.js';
import { readCode } from './transport-errors.js';
import { noteKeepAlive } from './pool.js';
import { abandonTunnel } from './tunnel.js';
import { unwatch, watch, type AbortListener } from '../call/signals.js';
import type { Target } from './target.js';
import { TransportError, type TransportRequest, type TransportResponse } from '../call/transport.js';

const kAttempt = Symbol('attempt');

interface OwnedRequest extends http.ClientRequest {
  [kAttempt]: HttpAttempt;
}

interface OwnedMessage extends http.IncomingMessage {
  [kAttempt]: HttpAttempt;
}

/** A response. It builds its headers only when they are read. */
class Received implements TransportResponse {
  readonly status: number;
  readonly body: string;
  readonly #message: http.IncomingMessage;

  constructor(status: number, body: string, message: http.IncomingMessage) {
    this.status = status;
    this.body = body;
    this.#message = message;
  }

  get headers(): TransportResponse['headers'] {
    return this.#message.headers;
  }
}

export type Outcome = TransportResponse | TransportError;

/**
 * One request over `node:http`. It resolves once, never rejects, and then holds neither timer nor listener. The handlers are shared functions
 * that find their attempt on the emitter, which saves a closure for each call.
 */
export class HttpAttempt implements AbortListener {
  readonly #request: TransportRequest;
  readonly #target: Target;
  readonly #agent: http.Agent;
  readonly #headers: Record<string, string>;
  #resolve: ((outcome: Outcome) => void) | null = null;
  #client: OwnedRequest | null = null;
  #message: OwnedMessage | null = null;
  #timer: NodeJS.Timeout | undefined;
  #connected = false;
  #first: Buffer | null = null;
  #rest: Buffer[] | null = null;
  #received = 0;
  #encoding: string | null = null;

  /** Takes ownership of `headers`, which lack only the body's length. */
  constructor(request: TransportRequest, target: Target, agent: http.Agent, headers: Record<string, string>) {
    this.#request = request;
    this.#target = target;
    this.#agent = agent;
    this.#headers = headers;
  }

  run(resolve: (outcome: Outcome) => void): void {
    this.#resolve = resolve;
    const { signal, timeoutMs } = this.#request;
    if (signal?.aborted === true) return this.fail('aborted', 'signal');
    const target = this.#target;
    const { host, port, path } = target;
    const method = this.#request.method ?? 'POST';
    const headers = this.#headers;
    const text = this.#request.body;
    const length = method === 'GET' ? 0 : Buffer.byteLength(text);
    if (method !== 'GET') headers['content-length'] = String(length);
    const freshConnection = this.#request.freshConnection === true;
    const options = { method, host, port, path, headers, agent: this.#agent, target, freshConnection };
    try {
      const client = (target.secure ? https.request(options) : http.request(options)) as OwnedRequest;
      client[kAttempt] = this;
      this.#client = client;
      client.on('response', onResponse);
      client.on('error', onRequestError);
      client.on('close', onClose);
      if (client.reusedSocket) this.#connected = true;
      else client.on('socket', onSocket);
      // Node writes a string together with the headers, in one encoding. Header bytes above 0x7f need latin1, which an ASCII body shares;
      // any other body goes out as bytes.
      if (method === 'GET') client.end();
      else if (length === text.length) client.end(text, 'latin1');
      else client.end(Buffer.from(text));
    } catch (error) {
      return this.fail('connection', readCode(error));
    }
    this.#timer = setTimeout(onTimeout, timeoutMs, this);
    if (signal !== undefined) watch(signal, this);
  }

  aborted(): void {
    this.fail('aborted', 'signal');
  }

  connected(): void {
    this.#connected = true;
  }

  head(message: OwnedMessage): void {
    this.#connected = true;
    if (this.#resolve === null) return;
    this.#message = message;
    const raw = message.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] ?? '';
      // Compare lengths first, because most headers are other ones and need no lower-casing.
      if (name.length === 10 && name.toLowerCase() === 'keep-alive') noteKeepAlive(message.socket, raw[i + 1] ?? '');
      else if (name.length === 14 && name.toLowerCase() === 'content-length') {
        if (Number(raw[i + 1]) > this.#request.maxResponseBytes) return this.fail('too_large', 'max_response_bytes');
      } else if (name.length === 16 && name.toLowerCase() === 'content-encoding')
        this.#encoding = this.#encoding === null ? (raw[i + 1] ?? null) : `${this.#encoding},${raw[i + 1] ?? ''}`;
    }
    message[kAttempt] = this;
    message.on('data', onData);
    message.on('end', onEnd);
    message.on('error', onMessageError);
  }

  data(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#request.maxResponseBytes) this.fail('too_large', 'max_response_bytes');
    else if (this.#first === null) this.#first = chunk;
    else (this.#rest ??= [this.#first]).push(chunk);
  }

  end(message: http.IncomingMessage): void {
    if (this.#resolve === null) return;
    const status = message.statusCode ?? 0;
    const data = this.#rest === null ? this.#first : Buffer.concat(this.#rest, this.#received);
    if (data === null) this.#settle(new Received(status, '', message));
    else if (this.#encoding === null) this.#settle(new Received(status, toText(data), message));
    else void this.#decode(data, this.#encoding, message);
  }

  async #decode(data: Buffer, encoding: string, message: http.IncomingMessage): Promise<void> {
    const body = await decode(data, encoding, this.#request.maxResponseBytes);
    if (body === null) this.fail('too_large', 'max_response_bytes');
    else this.#settle(new Received(message.statusCode ?? 0, body, message));
  }

  /**
   * Fails the attempt if the connection closed before an answer: Node reports no error for an unrequested upgrade. After the answer has begun, its
   * own events tell how it ends; with msw 1 they come after the request has closed.
   */
  closed(): void {
    if (this.#message === null) this.fail('connection', 'ECONNRESET');
  }

  /** Fails the attempt, unless the answer was a 204: it is complete with its head, and some servers send a body after it, which Node refuses. */
  broken(reason: string): void {
    const message = this.#message;
    if (message?.statusCode !== 204) return this.fail('connection', reason);
    this.#settle(new Received(204, '', message));
    this.#client?.destroy();
  }

  fail(kind: TransportError['kind'], reason: string): void {
    if (this.#resolve === null) return;
    const message = this.#message;
    this.#settle(
      new TransportError({
        kind,
        reason,
        maybeSent: this.#connected,
        status: message?.statusCode ?? null,
        contentType: message?.headers['content-type'] ?? null,
        retryAfter: message?.headers['retry-after'] ?? null,
      }),
    );
    if (this.#client === null) return;
    this.#client.destroy();
    abandonTunnel(this.#client);
  }

  #settle(outcome: Outcome): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    clearTimeout(this.#timer);
    if (this.#request.signal !== undefined) unwatch(this.#request.signal, this);
    this.#first = this.#rest = null;
    resolve(outcome);
  }
}

function onTimeout(attempt: HttpAttempt): void {
  attempt.fail('timeout', 'timeout');
}

function onSocket(this: OwnedRequest, socket: Socket & { encrypted?: boolean; secureConnecting?: boolean }): void {
  const attempt = this[kAttempt];
  // A connection that failed immediately (no route, no file descriptor left) is not `connecting` either.
  if (socket.destroyed) return;
  // TLS sends nothing of the request before the handshake is over.
  if (socket.secureConnecting === true) socket.once('secureConnect', () => attempt.connected());
  else if (socket.connecting) socket.once('connect', () => attempt.connected());
  else attempt.connected();
}

function onResponse(this: OwnedRequest, message: OwnedMessage): void {
  this[kAttempt].head(message);
}

function onRequestError(this: OwnedRequest, error: Error): void {
  this[kAttempt].broken(readCode(error));
}

function onClose(this: OwnedRequest): void {
  this[kAttempt].closed();
}

function onData(this: OwnedMessage, chunk: Buffer): void {
  this[kAttempt].data(chunk);
}

function onEnd(this: OwnedMessage): void {
  this[kAttempt].end(this);
}

function onMessageError(this: OwnedMessage, error: Error): void {
  this[kAttempt].broken(readCode(error));
}
