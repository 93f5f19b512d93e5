import { inspect } from 'node:util';
import axios from 'axios';
import {
  isKiipError,
  KiipClient,
  buildMoment,
  parseMomentResponse,
  type DeviceContext,
  type KiipClientOptions,
} from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { createCallbackReceiver, signCallback, verifyCallback, verifyCallbackFields } from 'kiip-s2s/callbacks';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { APP, CONTEXT, SECRETS } from '../support/context.js';
import { freePort } from '../support/services.js';
import { http, startSocketServer, type Reply } from '../support/socket-server.js';

const SECRET = 'app-secret-aa91f7';
const HIDDEN = [...Object.values(SECRETS).map(String), SECRET];

/** Everything a logger could get out of a value: hidden properties, getters, symbols, JSON, the stack. */
function everything(value: unknown): string {
  const asJson = JSON.stringify(value) ?? '';
  const stack =
    value instanceof Error
      ? `${value.stack ?? ''} ${String(value)} ${inspect(value.cause, { depth: 20, showHidden: true })}`
      : '';
  return (
    inspect(value, { depth: 20, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }) +
    asJson +
    stack
  );
}

function expectNoSecret(value: unknown): void {
  const text = everything(value).toLowerCase();
  for (const hidden of HIDDEN) expect(text).not.toContain(hidden.toLowerCase());
}

async function errorOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const wrong = (over: object): DeviceContext => ({ ...CONTEXT, ...over }) as unknown as DeviceContext;

const invalid: [string, () => unknown][] = [
  [
    'every secret in a wrong place',
    () =>
      buildMoment(
        APP,
        'x',
        wrong({ device: { ...CONTEXT.device, id: `${SECRETS.deviceId}\u0000`, locale: SECRETS.email } }),
      ),
  ],
  ['a malformed IP address', () => buildMoment(APP, 'x', wrong({ connection: { ip: `${SECRETS.ip}.` } }))],
  ['a malformed e-mail address', () => buildMoment(APP, 'x', wrong({ emailAddress: `${SECRETS.email}@` }))],
  [
    'a user id of another type',
    () => buildMoment(APP, 'x', wrong({ user: { userId: [SECRETS.userId], [SECRETS.userId]: 1, [SECRETS.email]: 1 } })),
  ],
  [
    'a location as text',
    () => buildMoment(APP, 'x', wrong({ location: { lat: String(SECRETS.lat), lng: SECRETS.lng * 10 } })),
  ],
  ['an app key of another type', () => buildMoment({ ...APP, appKey: [SECRETS.appKey] as never }, 'x', CONTEXT)],
  [
    'options',
    () =>
      new KiipClient({
        ...APP,
        appKey: `${SECRETS.appKey}\n`,
        baseUrl: `https://${SECRETS.userId}:${SECRETS.appKey}@x`,
      }),
  ],
  [
    'a body URL',
    () => parseMomentResponse({ view: { modal: { body_url: `http://${SECRETS.ip}/${SECRETS.userId}` } } }),
  ],
  ['a body that is not JSON', () => parseMomentResponse(`<html>${SECRETS.email}`)],
];

test.each(invalid)('input: %s', async (_, act) => {
  const error = await errorOf(act);
  expect(isKiipError(error)).toBe(true);
  expectNoSecret(error);
});

const echo: Reply = (socket, request) => socket.write(http('400 Bad', request.split('\r\n\r\n')[1]));
const replies: [string, Reply][] = [
  ['400 that echoes the request', echo],
  [
    '200 that echoes the request as a string',
    (socket, request) => socket.write(http('200 OK', JSON.stringify(request))),
  ],
  [
    '200 with HTML that echoes',
    (socket, request) => socket.write(http('200 OK', `<html>${request}`, { 'content-type': 'text/html' })),
  ],
  [
    'redirect that repeats the user',
    (socket) => socket.write(http('302 X', '', { location: `https://x.example/${SECRETS.userId}?ip=${SECRETS.ip}` })),
  ],
  [
    'redirect to a host that repeats the device',
    (socket) => socket.write(http('302 X', '', { location: `https://${SECRETS.deviceId}.x.example/` })),
  ],
  ['reset', (socket) => socket.resetAndDestroy()],
  ['garbage that echoes', (socket, request) => socket.end(`${request}\r\n\r\n`)],
  ['truncated echo', (socket, request) => socket.end(http('200 OK', request).slice(0, -5))],
  ['silence', () => {}],
];

const transports: [string, () => Partial<KiipClientOptions>][] = [
  ['the default transport', () => ({})],
  [
    'the caller’s axios instance',
    () => ({ transport: createTransport({ axios: axios.create({ headers: { authorization: SECRET } }) }) }),
  ],
  [
    'an axios instance whose interceptor throws the request',
    () => {
      const instance = axios.create();
      instance.interceptors.response.use(
        (response) => Promise.reject(Object.assign(new Error(String(response.config.data)), { response })),
        (error: Error) =>
          Promise.reject(Object.assign(error, { message: `${SECRETS.userId} ${SECRETS.ip}`, code: SECRETS.email })),
      );
      return { transport: createTransport({ axios: instance }) };
    },
  ],
];

describe.each(transports)('%s', (_, options) => {
  test.each(replies)('%s', async (name, reply) => {
    const server = await startSocketServer(reply);
    const seen: unknown[] = [];
    const see = (event: unknown): void => void seen.push(event);
    const client = new KiipClient({
      ...APP,
      baseUrl: server.url,
      timeoutMs: name === 'silence' ? 50 : 2_000,
      retry: { maxAttempts: 2, baseDelayMs: 1 },
      hooks: { onRequest: see, onResponse: see, onRetry: see },
      ...options(),
    });
    try {
      for (const act of [() => client.moment('level_up', CONTEXT), () => client.startSession(CONTEXT)]) {
        const error = await errorOf(act);
        expect(isKiipError(error)).toBe(true);
        expectNoSecret(error);
      }
      expectNoSecret(seen);
      expectNoSecret(client);
      expectNoSecret(client.session(CONTEXT));
    } finally {
      await client.close();
      await server.close();
    }
  });
});

test('a refused connection, an abort, a closed client', async () => {
  const client = new KiipClient({ ...APP, baseUrl: `http://127.0.0.1:${await freePort()}`, retry: false });
  expectNoSecret(await errorOf(() => client.moment('level_up', CONTEXT)));
  expectNoSecret(
    await errorOf(() => client.moment('level_up', CONTEXT, { signal: AbortSignal.abort(new Error(SECRETS.email)) })),
  );
  await client.close();
  expectNoSecret(await errorOf(() => client.moment('level_up', CONTEXT)));
});

describe('callbacks', () => {
  const fields = {
    type: 'redemption',
    transactionId: 'tx-1',
    content: 'coins',
    name: 'Coins',
    quantity: 20,
    userId: SECRETS.userId,
  } as const;
  const signature = signCallback(fields, SECRET);
  const body = (over: object = {}): string =>
    JSON.stringify({
      transaction_id: 'tx-1',
      content: 'coins',
      name: 'Coins',
      quantity: 20,
      user_id: SECRETS.userId,
      signature,
      ...over,
    });

  test.each<[string, () => unknown]>([
    ['a wrong signature', () => verifyCallback(body({ quantity: 21 }), { secret: SECRET })],
    ['a wrong secret', () => verifyCallback(body(), { secret: `${SECRET} ` })],
    ['no JSON', () => verifyCallback(`{${SECRETS.userId}`, { secret: SECRET })],
    ['an array as a value', () => verifyCallback(body({ user_id: [SECRETS.userId] }), { secret: SECRET })],
    ['fields', () => verifyCallbackFields({ user_id: SECRETS.userId, [SECRETS.email]: 1 }, { secret: SECRET })],
    ['no secret', () => verifyCallback(body(), { secret: '' })],
  ])('%s', async (_, act) => {
    const error = await errorOf(act);
    expect(isKiipError(error)).toBe(true);
    expectNoSecret(error);
  });

  test('the receiver, its answers and its warnings', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const receiver = createCallbackReceiver({
      secret: SECRET,
      onRedemption: () => {
        throw new Error(`${SECRETS.userId} ${SECRETS.email}`);
      },
    });
    expectNoSecret(receiver);
    const request = { method: 'POST', headers: { 'content-type': 'application/json' } };
    for (const rawBody of [body(), body({ quantity: 5 }), `{${SECRETS.userId}`])
      expectNoSecret(await receiver.handle({ ...request, rawBody }));
    expectNoSecret(warnings.mock.calls);
    warnings.mockRestore();
    await receiver.close();
  });
});

test('Kaminari’s client', async () => {
  const key = SECRETS.appKey;
  const client = new KaminariClient({ kmnrKey: key, baseUrl: `http://127.0.0.1:${await freePort()}`, timeoutMs: 100 });
  expectNoSecret(client);
  const visitor = { ip: SECRETS.ip, forwardedFor: SECRETS.ip, headers: { 'user-agent': SECRETS.deviceId } };
  expectNoSecret(await errorOf(() => client.ping({ kmnrId: '', subs: { sub1: `${SECRETS.userId}\u0000` }, visitor })));
  expectNoSecret(await errorOf(() => client.test({ kmnrId: 'x', visitor })));
  await client.close({ graceMs: 0 });
});
