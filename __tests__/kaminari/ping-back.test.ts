import { createServer, request as httpRequest } from 'node:http';
import express from 'express';
import { memoryLedger, type CallbackAnswer, type CallbackReceiver } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';
import { createPingBackReceiver, parsePingBack, type PingBack, type PingBackReceiverOptions } from 'kiip-s2s/kaminari';
import { callbackListener } from 'kiip-s2s/node';
import { CallbackFormatError, KiipConfigError } from '../../src/errors/index.js';
import { listen, stop } from './kaminari-server.js';

const MESSAGE = { kmnrId: '1125570260', kmnrKey: 'XXXXXXXX', fraud: 1, block: 0, sub1: 'test', sub2: 1001 };

describe('parsePingBack', () => {
  const expected = {
    kmnrId: '1125570260',
    kmnrKey: 'XXXXXXXX',
    verdict: 'fraudulent',
    blocked: false,
    subs: { sub1: 'test', sub2: '1001' },
    raw: MESSAGE,
  };

  test('a parsed value, text and bytes', () => {
    expect(parsePingBack(MESSAGE)).toEqual(expected);
    expect(parsePingBack(JSON.stringify(MESSAGE))).toEqual(expected);
    expect(parsePingBack(Buffer.from(JSON.stringify(MESSAGE)))).toEqual(expected);
  });

  test.each<[unknown, PingBack['verdict']]>([
    [1, 'fraudulent'],
    ['1', 'fraudulent'],
    [0, 'clean'],
    ['0', 'clean'],
    [-1, 'unverified'],
    ['-1', 'unverified'],
  ])('fraud %j is %s', (fraud, verdict) => {
    for (const [block, blocked] of [
      [1, true],
      ['1', true],
      [0, false],
      ['0', false],
    ] as const)
      // prettier-ignore
      expect(parsePingBack({ ...MESSAGE, fraud, block })).toMatchObject({ verdict, blocked });
  });

  test('numbers keep every digit as long as nobody parsed them before; null is as good as absent', () => {
    const text =
      '{"kmnrId": 11255702601125570260, "kmnrKey": "k", "fraud": 0, "block": 1, "sub4": 98833705265931305123, "sub5": null, "more": [1]}';
    expect(parsePingBack(text)).toMatchObject({
      kmnrId: '11255702601125570260',
      subs: { sub4: '98833705265931305123' },
      raw: { more: [1] },
    });
    expect(parsePingBack(text).subs).not.toHaveProperty('sub5');
  });

  test('key and sub-tags as numbers or strings, empty ones, and ids with dashes (PROTOCOL M12)', () => {
    const text =
      '{"kmnrId":"2f6c-9a-","kmnrKey":9007199254740993,"fraud":0,"block":0,"sub1":"","sub8":8,"sub9":"nine","sub10":10.50}';
    expect(parsePingBack(text)).toMatchObject({
      kmnrId: '2f6c-9a-',
      kmnrKey: '9007199254740993',
      subs: { sub1: '', sub8: '8', sub9: 'nine', sub10: '10.50' },
    });
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a number', 7],
    ['no JSON', '{'],
    ['a JSON list', '[]'],
    ['an empty text', ''],
    ['not UTF-8', Buffer.from([0xff])],
    ['no id', { ...MESSAGE, kmnrId: undefined }],
    ['an empty id', { ...MESSAGE, kmnrId: '' }],
    ['an id that is too long', { ...MESSAGE, kmnrId: 'x'.repeat(201) }],
    ['an id with a control character', { ...MESSAGE, kmnrId: 'a\nb' }],
    ['no key', { ...MESSAGE, kmnrKey: null }],
    ['another fraud', { ...MESSAGE, fraud: 2 }],
    ['no fraud', { ...MESSAGE, fraud: undefined }],
    ['fraud from the prototype', { ...MESSAGE, fraud: 'constructor' }],
    ['another block', { ...MESSAGE, block: true }],
    ['a nested sub-tag', { ...MESSAGE, sub7: { a: 1 } }],
    ['inherited fields', Object.create(MESSAGE)],
  ])('%s is malformed', (_name, body) => {
    expect(() => parsePingBack(body)).toThrow(CallbackFormatError);
  });
});

describe('createPingBackReceiver', () => {
  const seen: PingBack[] = [];
  beforeEach(() => void seen.splice(0));

  const receiverWith = (options: Partial<PingBackReceiverOptions> = {}): CallbackReceiver =>
    createPingBackReceiver({ kmnrKey: 'XXXXXXXX', onPingBack: (pingBack) => void seen.push(pingBack), ...options });

  const post = (
    receiver: CallbackReceiver,
    body: unknown,
    headers: Record<string, string> = {},
    method = 'POST',
  ): Promise<CallbackAnswer> =>
    receiver.handle({
      method,
      headers: { 'content-type': 'application/json', ...headers },
      rawBody: typeof body === 'string' ? body : JSON.stringify(body),
    });

  test('200 once, 200 as a duplicate for its repeats, and again for a verdict that changed', async () => {
    const receiver = receiverWith();
    expect(await post(receiver, MESSAGE)).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    for (let i = 0; i < 3; i++)
      expect(await post(receiver, MESSAGE)).toMatchObject({ status: 200, body: '{"result":"duplicate"}' });
    expect(await post(receiver, { ...MESSAGE, fraud: 0 })).toMatchObject({ body: '{"result":"processed"}' });
    expect(await post(receiver, { ...MESSAGE, kmnrId: 'another' })).toMatchObject({ body: '{"result":"processed"}' });
    expect(seen.map(({ kmnrId, verdict }) => [kmnrId, verdict])).toEqual([
      ['1125570260', 'fraudulent'],
      ['1125570260', 'clean'],
      ['another', 'fraudulent'],
    ]);
    await receiver.close();
    expect(await post(receiver, MESSAGE)).toMatchObject({ status: 503 });
  });

  test('the other answers', async () => {
    const receiver = receiverWith({ kmnrKey: ['OTHER', 'XXXXXXXX'], maxBodyBytes: 300 });
    expect(await post(receiver, MESSAGE)).toMatchObject({ status: 200 });
    expect(await post(receiver, { ...MESSAGE, kmnrKey: 'OTHER' })).toMatchObject({ status: 200 });
    for (const kmnrKey of ['', 'X', 'XXXXXXXY', 'xxxxxxxx', 'X'.repeat(100)])
      expect(await post(receiver, { ...MESSAGE, kmnrKey })).toMatchObject({ status: 400 });
    expect(await post(receiver, '{')).toMatchObject({ status: 400, body: expect.stringContaining('malformed') });
    expect(await post(receiver, MESSAGE, {}, 'GET')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await post(receiver, { ...MESSAGE, sub7: 'x'.repeat(300) })).toMatchObject({ status: 413 });
    expect(await post(receiver, MESSAGE, { 'content-length': '301' })).toMatchObject({ status: 413 });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect(await post(receiver, MESSAGE, { 'content-type': type })).toMatchObject({
        status: 415,
        headers: { accept: 'application/json' },
      });
    await receiver.close();
  });

  test('a handler that fails: 500 without its words, and the repeat succeeds', async () => {
    const errors: unknown[] = [];
    let fails = true;
    const receiver = receiverWith({
      onError: (error) => errors.push(error),
      onPingBack: (pingBack) => {
        if (fails) throw new Error('database password');
        seen.push(pingBack);
      },
    });
    const answer = await post(receiver, MESSAGE);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('password');
    expect(errors).toHaveLength(1);
    fails = false;
    expect(await post(receiver, MESSAGE)).toMatchObject({ status: 200 });
    expect(seen).toHaveLength(1);
    await receiver.close();
  });

  test('a handler that hangs: 503 for the repeat meanwhile, then 500', async () => {
    let signal: AbortSignal | undefined;
    const receiver = receiverWith({
      ledger: memoryLedger(),
      handlerTimeoutMs: 80,
      onError: () => undefined,
      onPingBack: (_pingBack, context) => {
        signal = context.signal;
        return new Promise(() => undefined);
      },
    });
    const first = post(receiver, MESSAGE);
    while (signal === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(await post(receiver, MESSAGE)).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.any(String) },
    });
    expect(await first).toMatchObject({ status: 500 });
    expect(signal.aborted).toBe(true);
    await receiver.close();
  });

  test('onRefused hears of every refusal, onError of the ping-back that failed', async () => {
    const refused: string[] = [];
    const onError = jest.fn();
    const failure = new Error('down');
    const receiver = receiverWith({
      onRefused: ({ status, code }) => refused.push(`${status} ${code}`),
      onError,
      onPingBack: () => Promise.reject(failure),
    });
    await post(receiver, '{');
    await post(receiver, { ...MESSAGE, kmnrKey: 'X' });
    await post(receiver, MESSAGE, {}, 'GET');
    await post(receiver, MESSAGE, { 'content-type': 'text/html' });
    expect(await post(receiver, `\ufeff${JSON.stringify(MESSAGE)}`)).toMatchObject({ status: 500 });
    expect(refused).toEqual([
      '400 malformed_callback',
      '400 malformed_callback',
      '405 method_not_allowed',
      '415 unsupported_content_type',
    ]);
    expect(onError.mock.calls).toEqual([
      [failure, { pingBack: expect.objectContaining({ blocked: false }) as unknown }],
    ]);
    await receiver.close();
  });

  test('wrong options', () => {
    expect(() => receiverWith({ onPingback: () => undefined } as object)).toThrow('did you mean onPingBack?');
    for (const kmnrKey of ['', undefined, [], ['a', '']])
      expect(() => receiverWith({ kmnrKey: kmnrKey as string })).toThrow(KiipConfigError);
    expect(() => createPingBackReceiver({ kmnrKey: '', onPingBack: undefined as never })).toThrow(
      /kmnrKey.*onPingBack/,
    );
  });

  test("through the callbacks' adapters, also behind a body parser", async () => {
    const receiver = receiverWith();
    const app = express();
    app.all('/raw', callbackHandler(receiver));
    app.use(express.json());
    app.all('/parsed', callbackHandler(receiver));
    const servers = [createServer(app), createServer(callbackListener(receiver))];
    const [expressUrl = '', nodeUrl = ''] = await Promise.all(servers.map(listen));
    const send = (url: string, body: string, method = 'POST'): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
        httpRequest(url, { method, headers, agent: false }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        })
          .on('error', reject)
          .end(body);
      });
    for (const [i, url] of [`${expressUrl}/raw`, `${expressUrl}/parsed`, nodeUrl].entries()) {
      expect(await send(url, JSON.stringify({ ...MESSAGE, kmnrId: `id${i}` }))).toBe(200);
      expect(await send(url, '{"kmnrId":"x"}')).toBe(400);
      expect(await send(url, '', 'PUT')).toBe(405);
    }
    expect(await send(nodeUrl, JSON.stringify({ ...MESSAGE, sub1: 'x'.repeat(70_000) }))).toBe(413);
    expect(seen.map(({ kmnrId }) => kmnrId)).toEqual(['id0', 'id1', 'id2']);
    await receiver.close();
    await Promise.all(servers.map(stop));
  });
});
