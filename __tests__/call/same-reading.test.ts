import { KiipClient, KiipConfigError, type Transport } from 'kiip-s2s';
import { KaminariClient, type PingResult } from 'kiip-s2s/kaminari';
import { impression } from '../kaminari/samples.js';
import { APP, CONTEXT } from '../support/context.js';

// One transport of a caller's, given to both clients: an answer or a failure means the same to each.

/** An error of the other module format's copy: no class of ours, the same name and fields. */
const foreign = (facts: object): Error =>
  Object.assign(new Error('203.0.113.77'), { name: 'TransportError', reason: 'x', maybeSent: true, ...facts });

const foreignConfigError = (): Error =>
  Object.assign(new Error('the module axios cannot be loaded'), {
    code: 'config',
    [Symbol.for('kiip-s2s.error')]: true,
  });

const PAGE = `<!doctype html>${'x'.repeat(100_000)}`;

interface Case {
  readonly name: string;
  readonly send: () => unknown;
  /** What `moment()` and `test()` reject with. */
  readonly error: object;
  /** What becomes of a ping; `expired` is one that was tried until its window was over. */
  readonly ping: Partial<PingResult> & { readonly status: PingResult['status'] };
}

const connection = (reason: string): object => ({ code: 'connection', reason, attempts: 1 });
const status = (httpStatus: number, retryAfterMs: number | null = null): object => ({
  code: 'http_status',
  status: httpStatus,
  retryAfterMs,
  attempts: 1,
});

const cases: readonly Case[] = [
  {
    name: 'no status',
    send: () => ({ headers: {}, body: '{}' }),
    error: connection('invalid_transport_answer'),
    ping: { status: 'expired' },
  },
  {
    name: 'no body',
    send: () => ({ status: 200, headers: {} }),
    error: connection('invalid_transport_answer'),
    ping: { status: 'expired' },
  },
  {
    name: 'nothing',
    send: () => undefined,
    error: connection('invalid_transport_answer'),
    ping: { status: 'expired' },
  },
  {
    name: 'a 2xx without headers that is not JSON',
    send: () => ({ status: 200, body: '<p>' }),
    error: { code: 'invalid_response', status: 200, contentType: null, attempts: 1 },
    ping: { status: 'delivered', attempts: 1 },
  },
  {
    name: 'a content type with parameters',
    send: () => ({ status: 200, headers: { 'content-type': 'Text/HTML; charset=utf-8; user=77' }, body: '<p>' }),
    error: { code: 'invalid_response', status: 200, contentType: 'text/html' },
    ping: { status: 'delivered', attempts: 1 },
  },
  {
    name: '404 with a page of 100 kB',
    send: () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: PAGE }),
    error: status(404),
    ping: { status: 'rejected', httpStatus: 404, attempts: 1 },
  },
  {
    name: '404 with a page that is over the limit',
    send: () => Promise.reject(foreign({ kind: 'too_large', status: 404, contentType: 'text/html' })),
    error: status(404),
    ping: { status: 'rejected', httpStatus: 404, attempts: 1 },
  },
  {
    name: '503 without headers',
    send: () => ({ status: 503, body: '' }),
    error: status(503),
    ping: { status: 'expired' },
  },
  {
    name: '503 with a Retry-After that does not fit',
    send: () => ({ status: 503, headers: { 'retry-after': ['7'] }, body: '' }),
    error: status(503, 7_000),
    ping: { status: 'expired', attempts: 1 },
  },
  {
    name: '503 whose body broke off',
    send: () => Promise.reject(foreign({ kind: 'connection', reason: 'ECONNRESET', status: 503 })),
    error: status(503),
    ping: { status: 'expired' },
  },
  {
    name: '503 whose body broke off, with a Retry-After that does not fit',
    send: () => Promise.reject(foreign({ kind: 'connection', reason: 'ECONNRESET', status: 503, retryAfterMs: 7_000 })),
    error: status(503, 7_000),
    ping: { status: 'expired', attempts: 1 },
  },
  {
    name: '503 whose body broke off, with a pause that is none',
    send: () => Promise.reject(foreign({ kind: 'connection', status: 503, retryAfterMs: NaN })),
    error: status(503),
    ping: { status: 'expired' },
  },
  {
    name: 'a redirect',
    send: () => ({ status: 307, headers: { location: 'https://elsewhere.example/?id=77' }, body: '' }),
    error: connection('redirect'),
    ping: { status: 'rejected', httpStatus: 307, attempts: 1 },
  },
  {
    name: 'a foreign connection error',
    send: () => Promise.reject(foreign({ kind: 'connection', reason: 'ECONNREFUSED', maybeSent: false })),
    error: connection('ECONNREFUSED'),
    ping: { status: 'expired' },
  },
  {
    name: 'a foreign timeout',
    send: () => Promise.reject(foreign({ kind: 'timeout', reason: 'timeout' })),
    error: { code: 'timeout', scope: 'attempt', attempts: 1 },
    ping: { status: 'expired' },
  },
  {
    name: 'a foreign abort',
    send: () => Promise.reject(foreign({ kind: 'aborted', reason: 'interceptor' })),
    error: { code: 'aborted', attempts: 1 },
    ping: { status: 'aborted', attempts: 1 },
  },
  {
    name: 'a foreign error for a body that is too large',
    send: () => Promise.reject(foreign({ kind: 'too_large', status: 200, contentType: 'text/html; a=b' })),
    error: { code: 'invalid_response', status: 200, contentType: 'text/html', attempts: 1 },
    ping: { status: 'delivered', attempts: 1 },
  },
  {
    name: 'a foreign error for a body that cannot be decoded',
    send: () => Promise.reject(foreign({ kind: 'unreadable', reason: 'decoding', status: 200 })),
    error: { code: 'invalid_response', status: 200, contentType: null, attempts: 1 },
    ping: { status: 'delivered', attempts: 1 },
  },
  {
    name: 'a foreign error of the set-up',
    send: () => Promise.reject(foreignConfigError()),
    error: { code: 'config' },
    ping: { status: 'dropped' },
  },
  ...[
    'user 77 at 203.0.113.77',
    '203.0.113.77',
    'fe80::1',
    'player-203-0-113-77',
    'person@example.org',
    7 as unknown as string,
  ].map((reason): Case => ({
    name: `a reason that is not a code: ${reason}`,
    send: () => Promise.reject(foreign({ kind: 'connection', reason })),
    error: connection('unknown'),
    ping: { status: 'expired' },
  })),
  {
    name: 'a foreign error of an unknown kind',
    send: () => Promise.reject(foreign({ kind: 'else' })),
    error: connection('transport_failed'),
    ping: { status: 'expired' },
  },
  {
    name: 'an error that holds the request',
    send: () => {
      throw Object.assign(new TypeError('203.0.113.77'), { config: { data: 'player 77' } });
    },
    error: connection('transport_failed'),
    ping: { status: 'expired' },
  },
];

test.each(cases)('$name', async ({ send, error, ping }) => {
  const transport: Transport = { send: async () => (await send()) as never };
  const client = new KiipClient({ ...APP, transport, retry: false });
  const kaminari = new KaminariClient({
    kmnrKey: 'k',
    transport,
    windowMs: 60,
    retry: { baseDelayMs: 5, maxDelayMs: 5 },
  });
  const errors: Error[] = [];
  for (const call of [() => client.moment('level_up', CONTEXT), () => kaminari.test(impression())]) {
    const thrown: unknown = await call().catch((caught: unknown) => caught);
    expect(thrown).toMatchObject(error);
    expect(JSON.stringify(thrown)).not.toMatch(/203\.0\.113|77|example\.org|fe80/);
    errors.push(thrown as Error);
  }
  expect(errors[0]?.constructor).toBe(errors[1]?.constructor);
  const pinging = kaminari.ping(impression());
  if (errors[0] instanceof KiipConfigError) await expect(pinging).rejects.toMatchObject(error);
  else await expect(pinging).resolves.toMatchObject(ping);
  await client.close();
  await kaminari.close();
});
