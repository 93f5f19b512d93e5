import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  type BrotliCompress,
  type Deflate,
  type Gzip,
} from 'node:zlib';
import { TransportError, type Transport, type TransportRequest } from 'kiip-s2s/axios';
import { answer, head, startWire, type Arrival, type Wire } from './wire.js';

export const SECRET = 'c0ffee-app-key-and-device-id';
const TEXT = '{"name":"Crème brûlée 🍮"}';
const LIMIT = 64 * 1024;

export interface Subject {
  readonly transport: Transport;
  close(): Promise<void>;
}

/** What differs between the ways to travel. */
export interface Traits {
  /** `maybeSent` is known from the connection itself, not guessed from a code. */
  readonly exact: boolean;
  /** A target that refuses connections is seen as such; through a proxy it is the proxy's failure. */
  readonly seesRefusal: boolean;
  /** The reason of a failure is known. `fetch` names none, and has a 407 fail in the same way. */
  readonly tellsWhy: boolean;
}

/** Sends, and fails the test when that works. */
export async function failureOf(sending: Promise<unknown>): Promise<TransportError> {
  const outcome = await sending.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a failure, got ${inspect(outcome.value)}`);
  expect(outcome.error).toBeInstanceOf(TransportError);
  expect(inspect(outcome.error, { depth: 20, showHidden: true })).not.toContain(SECRET);
  expect((outcome.error as Error).cause).toBeUndefined();
  return outcome.error as TransportError;
}

export function post(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  return {
    url,
    // Frozen, as the client's are.
    headers: Object.freeze({ 'content-type': 'application/json', 'x-secret': SECRET }),
    body: JSON.stringify({ secret: SECRET, text: TEXT }),
    timeoutMs: 10_000,
    maxResponseBytes: LIMIT,
    ...more,
  };
}

/** The one suite that every way to travel passes, against a server on bare sockets. */
export function describeTransport(name: string, make: () => Promise<Subject>, traits: Traits): void {
  describe(`transport contract: ${name}`, () => {
    let subject: Subject;
    let transport: Transport;
    let wire: Wire;
    let reply: (arrival: Arrival) => void;

    beforeAll(async () => {
      subject = await make();
      transport = subject.transport;
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      wire = await startWire((arrival) => reply(arrival));
    });
    afterEach(() => wire.close());

    /** What comes back when the server answers in these pieces, each in its own packet, and then does `last`. */
    const receive = (
      pieces: readonly (string | Buffer)[],
      last?: (arrival: Arrival) => void,
      more?: Partial<TransportRequest>,
    ) => {
      reply = (arrival) => {
        const [first, ...rest] = pieces;
        const step = (piece: string | Buffer | undefined): void => {
          if (piece === undefined) last?.(arrival);
          else arrival.socket.write(piece, () => setTimeout(step, 5, rest.shift()));
        };
        step(first);
      };
      return transport.send(post(wire.url, more));
    };

    test('sends the body as it is, as one POST with its length', async () => {
      await receive([answer()]);
      const [arrival] = wire.arrivals;
      expect(arrival?.body).toBe(post('').body);
      expect(arrival?.line).toMatch(/^POST \S*\/2\.0\/server\/moment\/ HTTP\/1\.1$/);
      expect(arrival?.headers).toMatchObject({
        host: `127.0.0.1:${wire.port}`,
        'content-type': 'application/json',
        'x-secret': SECRET,
        'content-length': String(Buffer.byteLength(post('').body)),
      });
      expect(arrival?.headers['transfer-encoding']).toBeUndefined();
      expect(wire.arrivals).toHaveLength(1);
    });

    test('a GET has no body and no length', async () => {
      await receive([answer()], undefined, { method: 'GET', body: '' });
      const [arrival] = wire.arrivals;
      expect(arrival?.line).toMatch(/^GET /);
      expect(arrival?.body).toBe('');
      expect(arrival?.headers).not.toHaveProperty('content-length');
      expect(arrival?.headers['x-secret']).toBe(SECRET);
    });

    test.each([200, 204, 301, 302, 307, 400, 404, ...(traits.tellsWhy ? [407] : []), 429, 500, 503])(
      'resolves for status %i and follows nothing',
      async (status) => {
        const body = status === 204 ? '' : '{"a":1}';
        const response = await receive([
          status === 204
            ? head(204, { Location: wire.url })
            : answer(body, { Location: wire.url, 'Retry-After': '3', 'Set-Cookie': 'a=1' }, status),
        ]);
        expect(response.status).toBe(status);
        expect(response.body).toBe(body);
        expect(response.headers['location']).toBe(wire.url);
        if (status !== 204) expect(response.headers['retry-after']).toBe('3');
        expect(wire.arrivals).toHaveLength(1);
      },
    );

    if (traits.exact)
      test('a 503 whose body breaks off keeps its Retry-After', async () => {
        const pieces = [head(503, { 'Content-Length': 100, 'Retry-After': '7' }), '{"error"'];
        const error = await failureOf(receive(pieces, ({ socket }) => socket.end()));
        expect(error).toMatchObject({ kind: 'connection', status: 503, retryAfterMs: 7_000 });
      });

    test('puts characters together that arrive in pieces', async () => {
      const bytes = Buffer.from(TEXT);
      const pieces = [
        head(200, { 'Content-Length': bytes.length }),
        ...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
      ];
      expect((await receive(pieces)).body).toBe(TEXT);
    });

    test('reads a chunked body, and drops a byte order mark', async () => {
      const bytes = Buffer.from(`\ufeff${TEXT}`);
      const chunk = (part: Buffer): Buffer =>
        Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
      const pieces = [
        head(200, { 'Transfer-Encoding': 'chunked' }),
        chunk(bytes.subarray(0, 14)),
        chunk(bytes.subarray(14)),
        '0\r\n\r\n',
      ];
      expect((await receive(pieces)).body).toBe(TEXT);
    });

    test('takes a body that ends with the connection', async () => {
      expect((await receive([head(200, { Connection: 'close' }), TEXT], ({ socket }) => socket.end())).body).toBe(TEXT);
    });

    test.each([
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
    ] as const)('decodes %s, asked for or not', async (encoding, compress) => {
      const bytes = compress(Buffer.from(TEXT));
      const response = await receive([
        head(200, { 'Content-Encoding': encoding, 'Content-Length': bytes.length }),
        bytes.subarray(0, 7),
        bytes.subarray(7),
      ]);
      expect(response.body).toBe(TEXT);
    });

    if (traits.exact)
      test('decodes two codings that came in two headers', async () => {
        const bytes = gzipSync(gzipSync(TEXT));
        const lines = `Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`;
        expect((await receive([`HTTP/1.1 200 OK\r\n${lines}`, bytes])).body).toBe(TEXT);
      });

    if (traits.exact)
      test.each([
        ['a body in the same packet', [`${head(204, { 'Content-Length': 2 })}{}`]],
        ['a body', [head(204, { 'Content-Length': 2 }), '{}']],
        ['the end of a chunked body', [`${head(204, { 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`]],
        ['a length and no body', [head(204, { 'Content-Length': 2 })]],
      ])('a 204 is an answer even when the server adds %s, and the next call works', async (_, pieces) => {
        expect(await receive(pieces)).toMatchObject({ status: 204, body: '' });
        expect((await receive([answer(TEXT)], undefined, { freshConnection: true })).body).toBe(TEXT);
      });

    const flushed = (stream: Gzip | Deflate | BrotliCompress): Promise<Buffer> =>
      new Promise((resolve) => {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.write(TEXT);
        stream.flush(() => resolve(Buffer.concat(pieces)));
      });

    test.each([
      ['a gzip body without its trailer', 'gzip', () => gzipSync(TEXT).subarray(0, -8)],
      ['a gzip body that was flushed and never ended', 'gzip', () => flushed(createGzip())],
      ['a sync-flushed deflate', 'deflate', () => flushed(createDeflate())],
      ['a flushed brotli', 'br', () => flushed(createBrotliCompress())],
    ] as const)('reads %s', async (_, encoding, make) => {
      const bytes = await make();
      const { body } = await receive([
        head(200, { 'Content-Encoding': encoding, 'Content-Length': bytes.length }),
        bytes,
      ]);
      expect(body).toBe(TEXT);
    });

    test.each([
      [
        'by its announced length',
        () => [head(200, { 'Content-Type': 'text/html', 'Content-Length': LIMIT + 1 }), Buffer.alloc(LIMIT + 1, 'x')],
      ],
      [
        'while it is read',
        () => [head(200, { 'Content-Type': 'text/html', Connection: 'close' }), Buffer.alloc(LIMIT, 'x'), 'x', 'y'],
      ],
      [
        'once decompressed',
        () => {
          const bomb = gzipSync(Buffer.alloc(20_000_000, 'x'));
          return [
            head(200, { 'Content-Type': 'text/html', 'Content-Encoding': 'gzip', 'Content-Length': bomb.length }),
            bomb,
          ];
        },
      ],
    ] as const)('gives up a body that is too large, %s', async (_, pieces) => {
      const error = await failureOf(receive(pieces()));
      expect(error).toMatchObject({ kind: 'too_large', maybeSent: true });
      if (traits.exact) expect(error).toMatchObject({ status: 200, contentType: 'text/html' });
    });

    test('takes a body of exactly the limit', async () => {
      expect((await receive([answer(Buffer.alloc(LIMIT, 'x'))])).body).toHaveLength(LIMIT);
    });

    test.each([
      ['closed before the head', [], ({ socket }: Arrival) => socket.destroy(), null],
      ['reset before the head', [], ({ socket }: Arrival) => socket.resetAndDestroy(), null],
      [
        'closed in the middle of the head',
        ['HTTP/1.1 200 OK\r\nContent-'],
        ({ socket }: Arrival) => socket.end(),
        null,
      ],
      [
        'closed in the middle of the body',
        [head(200, { 'Content-Length': 100 }), '{"view"'],
        ({ socket }: Arrival) => socket.end(),
        200,
      ],
      [
        'reset in the middle of the body',
        [head(200, { 'Content-Length': 100 }), '{"view"'],
        ({ socket }: Arrival) => socket.resetAndDestroy(),
        200,
      ],
      [
        'closed between two chunks',
        [head(200, { 'Transfer-Encoding': 'chunked' }), '2\r\n{}\r\n'],
        ({ socket }: Arrival) => socket.end(),
        200,
      ],
    ] as const)('a connection %s is a failed connection', async (_, pieces, last, status) => {
      const error = await failureOf(receive(pieces, last));
      expect(error).toMatchObject({
        kind: 'connection',
        reason: traits.tellsWhy ? 'ECONNRESET' : 'fetch_failed',
        maybeSent: true,
        ...(traits.exact && { status }),
      });
    });

    test('something that is not HTTP is a failed connection', async () => {
      const error = await failureOf(receive(['hello, who is there?\r\n\r\n']));
      expect(error).toMatchObject({ kind: 'connection', maybeSent: true });
    });

    if (traits.exact) {
      test('an upgrade that nobody asked for is a failed connection', async () => {
        const error = await failureOf(receive(['HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n']));
        expect(error).toMatchObject({ kind: 'connection', reason: 'ECONNRESET', maybeSent: true });
      });
    }

    test.each([
      ['no answer', []],
      ['half a head', ['HTTP/1.1 200 OK\r\n']],
      ['no body', [head(200, { 'Content-Length': 100 })]],
      ['a body drop by drop', [head(200, { 'Content-Length': 1_000 }), ...Array<string>(40).fill('x')]],
    ])('the time limit covers %s', async (_, pieces) => {
      const began = performance.now();
      const error = await failureOf(receive(pieces, undefined, { timeoutMs: 120 }));
      expect(error).toMatchObject({ kind: 'timeout', maybeSent: true });
      expect(performance.now() - began).toBeGreaterThanOrEqual(115);
      await wire.idle();
    });

    describe('the signal', () => {
      test('already fired: nothing is sent', async () => {
        expect(await failureOf(transport.send(post(wire.url, { signal: AbortSignal.abort() })))).toMatchObject({
          kind: 'aborted',
          maybeSent: false,
        });
        expect(wire.connections()).toBe(0);
      });

      test('fires at once', async () => {
        const controller = new AbortController();
        reply = ({ socket }) => socket.write(answer());
        const sending = failureOf(transport.send(post(wire.url, { signal: controller.signal })));
        controller.abort(new Error(SECRET));
        expect(await sending).toMatchObject({ kind: 'aborted' });
        expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      });

      test.each([
        ['before the head', []],
        ['in the middle of the body', [head(200, { 'Content-Length': 100 }), '{"view"']],
      ])('fires %s: the connection is closed', async (_, pieces) => {
        const controller = new AbortController();
        const sending = receive(pieces, () => controller.abort(new Error(SECRET)), { signal: controller.signal });
        expect(await failureOf(sending)).toMatchObject({ kind: 'aborted', reason: 'signal', maybeSent: true });
        expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
        await wire.idle();
      });

      test('is shared by 1,000 calls without a warning, and keeps no listener', async () => {
        const { signal } = new AbortController();
        const warnings: Error[] = [];
        const onWarning = (warning: Error): number => warnings.push(warning);
        process.on('warning', onWarning);
        reply = ({ socket }) => socket.write(answer());
        for (let round = 0; round < 10; round++) {
          const sending = Array.from({ length: 100 }, () => transport.send(post(wire.url, { signal })));
          expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
          await Promise.all(sending);
        }
        expect(getEventListeners(signal, 'abort')).toHaveLength(0);
        await new Promise(setImmediate);
        process.off('warning', onWarning);
        expect(warnings).toEqual([]);
        expect(wire.arrivals).toHaveLength(1_000);
      });
    });

    if (traits.seesRefusal) {
      test('a refused connection was never made', async () => {
        const { url } = wire;
        await wire.close();
        expect(await failureOf(transport.send(post(url)))).toMatchObject({
          kind: 'connection',
          reason: 'ECONNREFUSED',
          maybeSent: false,
          status: null,
        });
      });

      test('a host without an address was never connected to', async () => {
        const error = await failureOf(transport.send(post('http://no-such-host.invalid/')));
        expect(error).toMatchObject({ kind: 'connection', maybeSent: false });
        expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(error.reason);
      });
    }

    test.each([['not a url'], ['ftp://127.0.0.1/']])('refuses %s', async (url) => {
      expect(await failureOf(transport.send(post(url)))).toMatchObject({
        kind: 'connection',
        reason: 'ERR_INVALID_URL',
        maybeSent: false,
      });
    });

    test('a header that would split the request is not sent', async () => {
      const error = await failureOf(
        transport.send(post(wire.url, { headers: { 'user-agent': `x\r\nevil: ${SECRET}` } })).then(() => {
          // axios strips such characters instead of refusing them.
          if (wire.arrivals[0]?.headers['evil'] === undefined)
            throw new TransportError({ kind: 'connection', reason: 'stripped', maybeSent: true });
        }),
      );
      expect(['ERR_INVALID_CHAR', 'stripped']).toContain(error.reason);
    });

    test('keeps no timer', async () => {
      const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      reply = ({ socket }) => socket.write(answer());
      const before = timers();
      const sending = Array.from({ length: 20 }, () => transport.send(post(wire.url)));
      await new Promise(setImmediate);
      const during = timers();
      await Promise.all(sending);
      // Others' timers come and go; one of each call's are twenty.
      expect(during).toBeGreaterThanOrEqual(before + 10);
      expect(timers()).toBeLessThan(before + 10);
    });
  });
}
