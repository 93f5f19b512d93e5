import axios, { AxiosError, type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { KiipClient } from 'kiip-s2s';
import { createTransport, type TransportResponse } from 'kiip-s2s/axios';
import { APP, CONTEXT } from '../support/context.js';
import { failureOf, post, SECRET } from './contract.js';
import { answer, head, startWire, type Wire } from './wire.js';

let wire: Wire;
beforeAll(async () => {
  wire = await startWire(({ socket, line }) => {
    socket.write(
      line.includes('redirect')
        ? head(302, { Location: '/elsewhere', 'Content-Length': 0 })
        : answer('{"a":"é"}', {}, 500),
    );
  });
});
beforeEach(() => (wire.arrivals.length = 0));
afterAll(() => wire.close());

const sendThrough = (instance: AxiosInstance, more = {}): Promise<TransportResponse> =>
  createTransport({ axios: instance }).send(post(wire.url, more));

test('the interceptors run, and what they add is sent', async () => {
  const instance = axios.create({ headers: { 'x-default': 'd' }, params: { tenant: '7' } });
  instance.interceptors.request.use((config) => {
    config.headers.set('authorization', 'Bearer x');
    return config;
  });
  const response = await sendThrough(instance);
  expect(response).toMatchObject({ status: 500, body: '{"a":"é"}', headers: { 'content-type': 'application/json' } });
  expect(wire.arrivals[0]?.headers).toMatchObject({ authorization: 'Bearer x', 'x-default': 'd' });
  expect(wire.arrivals[0]?.line).toContain('?tenant=7');
});

test.each<[string, (response: { data: unknown }) => unknown]>([
  ['parses the body', ({ data }) => JSON.parse(String(data)) as unknown],
  ['makes it a string', ({ data }) => String(data)],
  ['makes it an ArrayBuffer', ({ data }) => new Uint8Array(data as Buffer).buffer],
])('an interceptor that %s changes nothing', async (_, change) => {
  const instance = axios.create();
  instance.interceptors.response.use((response) => ({ ...response, data: change(response) }));
  expect((await sendThrough(instance)).body).toBe('{"a":"é"}');
});

test('an interceptor that throws for a status: the platform answered all the same', async () => {
  const instance = axios.create();
  instance.interceptors.response.use((response) => {
    throw new AxiosError(SECRET, 'ERR_BAD_RESPONSE', response.config as InternalAxiosRequestConfig, null, response);
  });
  expect(await sendThrough(instance)).toMatchObject({ status: 500, body: '{"a":"é"}' });
});

test.each<[string, unknown, string]>([
  ['an error that holds the request', Object.assign(new Error(SECRET), { config: { data: SECRET } }), 'unknown'],
  ['an error with a code', Object.assign(new Error(SECRET), { code: 'E_TOKEN' }), 'E_TOKEN'],
  ['a code that is a message', Object.assign(new Error('x'), { code: SECRET }), 'unknown'],
  ['nothing at all', undefined, 'unknown'],
])('an interceptor that throws %s', async (_, thrown, reason) => {
  const instance = axios.create();
  instance.interceptors.request.use(() => {
    throw thrown;
  });
  expect(await failureOf(sendThrough(instance))).toMatchObject({ kind: 'connection', reason, maybeSent: true });
});

test('an interceptor that cancels', async () => {
  const instance = axios.create();
  instance.interceptors.request.use(() => {
    throw new axios.CanceledError(SECRET);
  });
  expect(await failureOf(sendThrough(instance))).toMatchObject({ kind: 'aborted', maybeSent: true });
});

test.each<[string, (response: { data: unknown }) => unknown]>([
  ['nothing', () => undefined],
  ['something else', () => ({ data: 'x' })],
  ['response.data', ({ data }) => data],
])('an interceptor that returns %s: the answer cannot be read, and nothing is sent again', async (_, change) => {
  const instance = axios.create();
  instance.interceptors.response.use((response) => change(response) as never);
  expect(await failureOf(sendThrough(instance))).toMatchObject({
    kind: 'unreadable',
    reason: 'interceptor_result',
    maybeSent: true,
  });
  const client = new KiipClient({
    ...APP,
    baseUrl: new URL(wire.url).origin,
    transport: createTransport({ axios: instance }),
    retry: { baseDelayMs: 1 },
  });
  wire.arrivals.length = 0;
  await expect(client.startSession(CONTEXT)).rejects.toMatchObject({
    code: 'invalid_response',
    attempts: 1,
    message: expect.stringMatching(/interceptor.*response\.data.*return the response/) as string,
  });
  expect(wire.arrivals).toHaveLength(1);
});

describe.each(['http', 'fetch'] as const)('through the %s adapter', (adapter) => {
  test.each(['gzip', 'br', 'deflate'])(
    'a 2xx whose %s cannot be decompressed: one request, an answer that cannot be read',
    async (encoding) => {
      const broken = await startWire(({ socket }) =>
        socket.write(answer('these are no compressed bytes', { 'Content-Encoding': encoding })),
      );
      const client = new KiipClient({
        ...APP,
        baseUrl: new URL(broken.url).origin,
        transport: createTransport({ axios: axios.create({ adapter }) }),
        retry: { baseDelayMs: 1 },
      });
      await expect(client.startSession(CONTEXT)).rejects.toMatchObject({
        code: 'invalid_response',
        attempts: 1,
        message: expect.stringContaining('cannot be decoded') as string,
      });
      expect(broken.arrivals).toHaveLength(1);
      await client.close();
      await broken.close();
    },
  );
});

const circular: Record<string, unknown> = {};
circular['self'] = circular;

test.each<[string, (response: AxiosResponse) => AxiosResponse]>([
  ['returns', (response) => ({ ...response, data: circular })],
  [
    'throws',
    (response) => {
      throw new AxiosError(SECRET, 'ERR_BAD_RESPONSE', response.config, null, { ...response, data: { n: 1n } });
    },
  ],
])(
  'an interceptor that %s a body without a text: the answer cannot be read, and nothing is sent again',
  async (_, change) => {
    const instance = axios.create();
    instance.interceptors.response.use(change);
    expect(await failureOf(sendThrough(instance))).toMatchObject({
      kind: 'unreadable',
      reason: 'interceptor_result',
      status: 500,
    });
  },
);

test('an instance that throws at once', async () => {
  const transport = createTransport({
    axios: {
      request: () => {
        throw new Error(SECRET);
      },
    },
  });
  expect(await failureOf(transport.send(post(wire.url)))).toMatchObject({ kind: 'connection', reason: 'unknown' });
});

describe('an interceptor that hangs', () => {
  const hanging = axios.create();
  hanging.interceptors.request.use(() => new Promise<never>(() => undefined));

  test('does not outlast the time limit', async () => {
    expect(await failureOf(sendThrough(hanging, { timeoutMs: 50 }))).toMatchObject({
      kind: 'timeout',
      maybeSent: true,
    });
  });

  test('does not outlast the signal', async () => {
    const controller = new AbortController();
    const sending = failureOf(sendThrough(hanging, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error(SECRET)), 20);
    expect(await sending).toMatchObject({ kind: 'aborted', maybeSent: true });
  });
});

test('a request interceptor that is late sends nothing after the time limit', async () => {
  const late = axios.create();
  let release: () => void = () => undefined;
  late.interceptors.request.use((config) => new Promise((resolve) => (release = () => resolve(config))));
  await failureOf(sendThrough(late, { timeoutMs: 30 }));
  release();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(wire.arrivals).toHaveLength(0);
});

test('the fetch adapter follows no redirect either', async () => {
  const instance = axios.create({ adapter: 'fetch' });
  const transport = createTransport({ axios: instance });
  expect((await transport.send(post(`${wire.url}redirect`))).status).toBe(302);
  expect(wire.arrivals).toHaveLength(1);
  expect(await sendThrough(instance)).toMatchObject({ status: 500, body: '{"a":"é"}' });
});
