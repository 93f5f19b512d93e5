import {
  createCallbackReceiver,
  memoryLedger,
  signCallback,
  verifyCallback,
  verifyCallbackFields,
  type CallbackReceiverOptions,
  type CallbackRequest,
  type Ledger,
  type LedgerRunner,
} from '../../src/callbacks/index.js';
import { KiipConfigError } from '../../src/errors/index.js';
import { gate } from '../stores/contract.js';

const secret = 'the app secret';
let serial = 0;

const redemption = (overrides: Record<string, unknown> = {}): string => {
  serial += 1;
  const fields = {
    content: 'coins',
    name: 'Coins',
    quantity: 20,
    userId: 'private-user',
    transactionId: `reward-${serial}`,
  };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  return JSON.stringify({ ...rest, user_id, transaction_id, signature: signCallback(fields, secret), ...overrides });
};
const issuance = (): string => {
  serial += 1;
  const fields = {
    content: 'coins',
    quantity: 20,
    userId: 'private-user',
    transactionId: 'r',
    nonce: `n-${serial}`,
    origin: 'survey',
  };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  return JSON.stringify({ ...rest, user_id, transaction_id, signature: signCallback(fields, secret) });
};
const post = (rawBody: CallbackRequest['rawBody'], headers: Record<string, string> = {}): CallbackRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  rawBody,
});
const receiverOf = <Tx = undefined>(options: Partial<CallbackReceiverOptions<Tx>> = {}) =>
  createCallbackReceiver<Tx>({
    secret,
    ledger: memoryLedger() as unknown as Ledger<Tx>,
    onRedemption: () => undefined,
    onIssuance: () => undefined,
    ...options,
  });

/** Warnings of this package, recorded instead of printed. */
let warnings: { code: string; message: string }[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
    warnings.push({ code: (options as { code: string }).code, message: String(message) });
  });
});
afterEach(() => jest.restoreAllMocks());

describe('answers', () => {
  test('200 processed, then 200 duplicate; the handler ran once and got the event', async () => {
    const onRedemption = jest.fn();
    const receiver = receiverOf({ onRedemption });
    const body = redemption();
    expect(await receiver.handle(post(body))).toMatchObject({ status: 200, body: '{"result":"processed"}' });
    expect(await receiver.handle(post(Buffer.from(body)))).toMatchObject({
      status: 200,
      body: '{"result":"duplicate"}',
    });
    expect(onRedemption).toHaveBeenCalledTimes(1);
    const [event, context] = onRedemption.mock.calls[0] as [unknown, { signal: AbortSignal }];
    expect(event).toMatchObject({ type: 'redemption', userId: 'private-user', quantity: 20 });
    expect(context.signal.aborted).toBe(false);
  });

  test('an issuance goes to its own handler', async () => {
    const onIssuance = jest.fn();
    const onRedemption = jest.fn();
    const receiver = receiverOf({ onIssuance, onRedemption });
    expect((await receiver.handle(post(issuance()))).status).toBe(200);
    expect((await receiver.handle(post(issuance()))).status).toBe(200);
    expect(onIssuance).toHaveBeenCalledTimes(2);
    expect(onRedemption).not.toHaveBeenCalled();
  });

  test('a re-cut of a processed callback is a duplicate', async () => {
    const onRedemption = jest.fn();
    const receiver = receiverOf({ onRedemption });
    const fields = { content: 'coins', name: 'Coins', quantity: 1, userId: '23', transactionId: 'r' };
    const signature = signCallback(fields, secret);
    const cut = (quantity: number, user_id: string) =>
      JSON.stringify({ content: 'coins', name: 'Coins', quantity, user_id, transaction_id: 'r', signature });
    expect((await receiver.handle(post(cut(1, '23')))).body).toContain('processed');
    expect((await receiver.handle(post(cut(12, '3')))).body).toContain('duplicate');
    expect(onRedemption).toHaveBeenCalledTimes(1);
  });

  test('400 says what is wrong, without any value', async () => {
    const answer = await receiverOf().handle(post(redemption({ quantity: undefined })));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('lacks quantity');
    expect(answer.body).not.toContain('private-user');
  });

  test('401 tells the caller nothing and the operator, once a reason, why', async () => {
    const receiver = receiverOf({ secret: `${secret}\n` });
    for (let n = 0; n < 3; n += 1) {
      const answer = await receiver.handle(post(redemption()));
      expect(answer).toMatchObject({ status: 401, body: '{"error":"bad_signature"}' });
    }
    expect(warnings.map(({ code }) => code)).toEqual(['KIIP_CALLBACK_SIGNATURE']);
    expect(warnings[0]?.message).toContain('white space around the secret');
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', ''])(
    '405 with Allow for %j, without reading the body',
    async (method) => {
      const rawBody = jest.fn();
      const answer = await receiverOf().handle({ ...post(rawBody), method });
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
      expect(rawBody).not.toHaveBeenCalled();
    },
  );

  test('413 for an announced length without reading it, and for a real one; a body of exactly the limit is read', async () => {
    const body = redemption();
    const receiver = receiverOf({ maxBodyBytes: body.length });
    const rawBody = jest.fn();
    expect((await receiver.handle(post(rawBody, { 'Content-Length': String(body.length + 1) }))).status).toBe(413);
    expect(rawBody).not.toHaveBeenCalled();
    expect((await receiver.handle(post(`${body} `))).status).toBe(413);
    expect((await receiver.handle(post(body, { 'content-length': String(body.length) }))).status).toBe(200);
  });

  test('the limit counts bytes, not characters', async () => {
    const receiver = receiverOf({ maxBodyBytes: 100 });
    expect((await receiver.handle(post('ü'.repeat(60)))).status).toBe(413);
    expect((await receiver.handle(post('u'.repeat(60)))).status).toBe(400);
  });

  test('the default limit is 64 KiB', async () => {
    const body = redemption();
    const padded = (bytes: number) => body.padEnd(bytes, ' ');
    expect((await receiverOf().handle(post(padded(64 * 1024)))).status).toBe(200);
    expect((await receiverOf().handle(post(padded(64 * 1024 + 1)))).status).toBe(413);
  });

  test.each(['text/html', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'json'])(
    '415 for %s',
    async (type) => {
      expect((await receiverOf().handle(post(redemption(), { 'content-type': type }))).status).toBe(415);
    },
  );

  test('headers in any letter case, repeated, as Headers, or without a content type', async () => {
    const receiver = receiverOf();
    const headers: CallbackRequest['headers'][] = [
      { 'Content-Type': 'application/json' },
      { 'CONTENT-TYPE': ['application/json', 'text/plain'] },
      new Headers({ 'Content-Type': 'application/json' }),
      new Headers(),
      {},
    ];
    for (const own of headers)
      expect((await receiver.handle({ ...post(redemption()), headers: own })).status).toBe(200);
    expect((await receiver.handle({ ...post(redemption()), headers: { 'content-TYPE': 'text/html' } })).status).toBe(
      415,
    );
    const form = new URLSearchParams(JSON.parse(redemption()) as Record<string, string>).toString();
    expect((await receiver.handle({ ...post(form), headers: {} })).status).toBe(200);
  });

  test('503 with Retry-After while another delivery of it is in the handler', async () => {
    const entered = gate();
    const release = gate();
    const onRedemption = jest.fn(async () => {
      entered.open();
      await release.opened;
    });
    const receiver = receiverOf({ onRedemption });
    const body = redemption();
    const first = receiver.handle(post(body));
    await entered.opened;
    const second = await receiver.handle(post(body));
    expect(second.status).toBe(503);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    release.open();
    expect((await first).status).toBe(200);
    expect(onRedemption).toHaveBeenCalledTimes(1);
  });
});

describe('what becomes a 500', () => {
  test.each([
    ['rejects', () => Promise.reject(new Error('no row for private-user'))],
    [
      'throws at once',
      () => {
        throw new Error('no row for private-user');
      },
    ],
  ])('a handler that %s: answer and warning do not repeat it, and a redelivery succeeds', async (_how, failing) => {
    const onRedemption = jest.fn<Promise<void> | void, []>(failing);
    const receiver = receiverOf({ onRedemption });
    const body = redemption();
    expect(await receiver.handle(post(body))).toMatchObject({ status: 500, body: '{"error":"not_processed"}' });
    expect(warnings).toEqual([
      { code: 'KIIP_CALLBACK_FAILED', message: expect.stringContaining(': Error.') as string },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('private-user');
    onRedemption.mockImplementation(() => undefined);
    expect((await receiver.handle(post(body))).body).toContain('processed');
    expect((await receiver.handle(post(body))).body).toContain('duplicate');
  });

  test('onError gets the error itself, and one that throws breaks nothing', async () => {
    const failure = Object.assign(new TypeError('private-user'), { code: '23505' });
    const onError = jest.fn();
    const onRedemption = (): never => {
      throw failure;
    };
    expect((await receiverOf({ onRedemption, onError }).handle(post(redemption()))).status).toBe(500);
    expect(onError).toHaveBeenCalledWith(failure, {
      event: expect.objectContaining({ userId: 'private-user' }) as unknown,
    });
    expect(warnings).toEqual([]);
    const angry = receiverOf({
      onRedemption,
      onError: () => {
        throw new RangeError('private-user');
      },
    });
    expect((await angry.handle(post(redemption()))).status).toBe(500);
    expect(warnings[0]?.message).toContain('RangeError');
  });

  test('the warning names class and code of the error, if they look like that', async () => {
    const { proxy: revoked, revoke } = Proxy.revocable(new Error('private-user'), {});
    revoke();
    const thrown: unknown[] = [
      Object.assign(new TypeError('x'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('x'), { name: 'private user!', code: 5 }),
      'text',
      Object.assign(new Error('x'), { code: '23505' }),
      Object.defineProperty(new Error('x'), 'name', {
        get: () => {
          throw new Error('private-user');
        },
      }),
      revoked,
    ];
    for (const error of thrown) {
      const onRedemption = (): never => {
        throw error;
      };
      expect((await receiverOf({ onRedemption }).handle(post(redemption()))).status).toBe(500);
    }
    expect(warnings[0]?.message).toContain('TypeError ECONNREFUSED');
    expect(warnings[1]?.message).toContain(': Error.');
    expect(warnings[2]?.message).toContain('not an Error');
    expect(warnings[3]?.message).toContain('Error 23505');
    expect(warnings[4]?.message).toContain('cannot be read');
    expect(warnings[5]?.message).toContain('cannot be read');
  });

  test('a handler that is missing, and nothing is claimed', async () => {
    const ledger = memoryLedger();
    const body = redemption();
    const one = createCallbackReceiver({ secret, ledger, onIssuance: () => undefined });
    expect((await one.handle(post(body))).status).toBe(500);
    expect(warnings[0]).toMatchObject({
      code: 'KIIP_CALLBACK_NO_HANDLER',
      message: expect.stringContaining('onRedemption') as string,
    });
    const other = createCallbackReceiver({ secret, ledger, onRedemption: () => undefined });
    expect((await other.handle(post(body))).body).toContain('processed');
    expect((await other.handle(post(issuance()))).status).toBe(500);
    expect(warnings[1]?.message).toContain('onIssuance');
  });

  test('a handler past its time limit: signal aborted, claim released, its late failure disturbs nobody', async () => {
    const aborted = gate();
    let late = (_error: Error): void => undefined;
    const onError = jest.fn();
    const onRedemption = jest.fn((_event: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => aborted.open());
      return new Promise<void>((_resolve, reject) => (late = reject));
    });
    const receiver = receiverOf({ onRedemption, onError, handlerTimeoutMs: 20 });
    const body = redemption();
    expect((await receiver.handle(post(body))).status).toBe(500);
    await aborted.opened;
    expect(String(onError.mock.calls[0]?.[0])).toContain('handlerTimeoutMs (20 ms)');
    late(new Error('too late'));
    onRedemption.mockImplementation(() => Promise.resolve());
    expect((await receiver.handle(post(body))).body).toContain('processed');
  });

  test('a runtime without process warnings gets the same answers', async () => {
    const { emitWarning } = process;
    try {
      Object.assign(process, { emitWarning: undefined });
      const answer = await receiverOf().handle(post(redemption({ signature: 'a'.repeat(40) })));
      expect(answer.status).toBe(401);
    } finally {
      process.emitWarning = emitWarning;
    }
  });

  test('a ledger that cannot be reached', async () => {
    const ledger: LedgerRunner<undefined> = {
      run: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
    };
    expect((await receiverOf({ ledger }).handle(post(redemption()))).status).toBe(500);
    expect(warnings[0]?.message).toContain('ECONNREFUSED');
  });

  test('a parsed body given by hand as the raw one', async () => {
    const answer = await receiverOf().handle(post(JSON.parse(redemption()) as string));
    expect(answer.status).toBe(500);
    expect(warnings[0]).toMatchObject({
      code: 'KIIP_CALLBACK_BODY_EATEN',
      message: expect.stringContaining('not the parsed one') as string,
    });
  });
});

describe('refusals', () => {
  const signed = (quantity: string): string => {
    serial += 1;
    const fields = { content: 'c', name: 'n', quantity, userId: 'private-user', transactionId: `q-${serial}` };
    const signature = signCallback(fields, secret);
    return `{"content":"c","name":"n","quantity":${quantity},"user_id":"private-user","transaction_id":"q-${serial}","signature":"${signature}"}`;
  };

  test('onRefused hears of every one, with the error word of its answer, and no warning is printed', async () => {
    const seen: { status: number; code: string; advice: string }[] = [];
    const entered = gate();
    const release = gate();
    const onRedemption = async (): Promise<void> => {
      entered.open();
      await release.opened;
    };
    const receiver = receiverOf({ onRedemption, onRefused: (refusal) => seen.push(refusal) });
    const unreadable = (reason: 'interrupted' | 'timeout' | 'too_large' | 'compressed') =>
      post(async () => ({ kind: 'unreadable', reason }));
    const held = redemption();
    const first = receiver.handle(post(held));
    await entered.opened;
    const requests: CallbackRequest[] = [
      post('{}'),
      post(redemption({ user_id: 'another' })),
      { ...post(''), method: 'GET' },
      unreadable('interrupted'),
      unreadable('timeout'),
      unreadable('too_large'),
      unreadable('compressed'),
      post(redemption(), { 'content-type': 'text/html' }),
      post(async () => ({ kind: 'eaten', advice: 'Move the line.' })),
      post(held),
    ];
    const answers = [];
    for (const request of requests) answers.push(await receiver.handle(request));
    release.open();
    await first;
    await receiver.close();
    answers.push(await receiver.handle(post(redemption())));
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 405, 400, 408, 413, 415, 415, 500, 503, 503]);
    expect(seen.map(({ status, code }) => [status, code])).toEqual(
      answers.map(({ status, body }) => [status, (JSON.parse(body) as { error: string }).error]),
    );
    for (const { advice } of seen) expect(advice).toMatch(/^[A-Z].{20,}\.$/);
    expect(JSON.stringify(seen)).not.toContain('private-user');
    expect(warnings).toEqual([]);
  });

  test('without it, a flood is warned about once for each reason, behind a body parser too', async () => {
    const receiver = receiverOf();
    const parsed = post(async () => ({
      kind: 'parsed',
      fields: JSON.parse(redemption({ user_id: 'another' })) as Record<string, unknown>,
      advice: 'Move the line.',
    }));
    for (let n = 0; n < 20; n += 1) {
      await receiver.handle(post('{}'));
      await receiver.handle(parsed);
      await receiver.handle(post('x', { 'content-type': 'text/html' }));
    }
    expect(warnings.map(({ code }) => code)).toEqual([
      'KIIP_CALLBACK_REFUSED',
      'KIIP_CALLBACK_BODY_EATEN',
      'KIIP_CALLBACK_REFUSED',
    ]);
    expect(warnings[1]?.message).toContain('Move the line.');
  });

  test('bodies that are wrong in ever new ways do not fill the log', async () => {
    const receiver = receiverOf();
    const names = ['content', 'name', 'quantity', 'user_id', 'transaction_id', 'signature'];
    for (let mask = 0; mask < 63; mask += 1)
      await receiver.handle(
        post(
          JSON.stringify(Object.fromEntries(names.flatMap((name, bit) => (mask & (1 << bit) ? [[name, '1']] : [])))),
        ),
      );
    expect(warnings).toHaveLength(50);
    // Nor do they silence what is refused for another reason.
    await receiver.handle(post(redemption({ signature: 'a'.repeat(40) })));
    await receiver.handle(post('x', { 'content-type': 'text/html' }));
    expect(warnings.slice(50).map(({ message }) => message)).toEqual([
      expect.stringContaining('bad_signature'),
      expect.stringContaining('unsupported_content_type'),
    ]);
  });

  test.each(['throws', 'rejects'])('an onRefused that %s breaks nothing', async (how) => {
    const onRefused = (): void | Promise<never> => {
      if (how === 'throws') throw new RangeError('private-user');
      return Promise.reject(new RangeError('private-user'));
    };
    expect((await receiverOf({ onRefused }).handle(post('{}'))).status).toBe(400);
    await new Promise(setImmediate);
    expect(warnings).toEqual([
      { code: 'KIIP_CALLBACK_FAILED', message: expect.stringContaining('onRefused failed: RangeError') as string },
    ]);
  });

  test.each(['20', '20.0', '2e1', '2000e-2', '9007199254740993', '"20"'])(
    'a quantity of %s is credited',
    async (written) => {
      expect((await receiverOf().handle(post(signed(written.replaceAll('"', ''))))).status).toBe(200);
    },
  );

  test.each(['-5', '0', '0e5', '-0', '20.5', '2e-1', '20.00000000000000000001', '1e-400'])(
    "a quantity of %s is a 400, and credited with quantity: 'any'",
    async (written) => {
      const onRedemption = jest.fn();
      const body = signed(written);
      const answer = await receiverOf({ onRedemption }).handle(post(body));
      expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('malformed_callback')]);
      expect(onRedemption).not.toHaveBeenCalled();
      expect((await receiverOf({ onRedemption, quantity: 'any' }).handle(post(body))).status).toBe(200);
    },
  );
});

describe('a secret that is not there yet', () => {
  test('a function is asked at the first callbacks, by each that comes before its answer, and then kept', async () => {
    const find = jest.fn(async () => secret);
    const receiver = receiverOf({ secret: find });
    await receiver.handle(post('{}', { 'content-type': 'text/html' }));
    expect(find).not.toHaveBeenCalled();
    const answers = await Promise.all([1, 2, 3].map(() => receiver.handle(post(redemption()))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(find).toHaveBeenCalledTimes(3);
    expect((await receiver.handle(post(redemption()))).status).toBe(200);
    expect(find).toHaveBeenCalledTimes(3);
  });

  test('a lookup that never ends holds up no other callback', async () => {
    const find = jest.fn(async () => secret).mockReturnValueOnce(new Promise(() => undefined));
    const receiver = receiverOf({ secret: find, onError: jest.fn(), handlerTimeoutMs: 500 });
    const first = receiver.handle(post(redemption()));
    expect((await receiver.handle(post(redemption()))).status).toBe(200);
    expect((await receiver.handle(post(redemption()))).status).toBe(200);
    expect(find).toHaveBeenCalledTimes(2);
    expect((await first).status).toBe(500);
  });

  test.each<[string, () => string | Promise<string>]>([
    [
      'throws',
      () => {
        throw new Error('vault');
      },
    ],
    ['rejects', () => Promise.reject(new Error('vault'))],
    ['is empty', () => ' '],
    ['is undefined', () => undefined as unknown as string],
    ['never comes', () => new Promise(() => undefined)],
  ])('one that %s: 500 with onError, and the next callback asks again', async (_how, fails) => {
    const find = jest.fn<string | Promise<string>, []>(() => secret).mockImplementationOnce(fails);
    const onError = jest.fn();
    const receiver = receiverOf({ secret: find, onError, handlerTimeoutMs: 50 });
    const body = redemption();
    expect((await receiver.handle(post(body))).status).toBe(500);
    expect(onError).toHaveBeenCalledWith(expect.any(Error), {});
    expect((await receiver.handle(post(body))).status).toBe(200);
    expect(find).toHaveBeenCalledTimes(2);
  });

  test('the context says which secret signed', async () => {
    const onRedemption = jest.fn();
    for (const [secrets, index] of [
      [secret, 0],
      [['new', secret], 1],
      [() => ['new', 'newer', secret], 2],
    ] as const) {
      await receiverOf({ secret: secrets as string, onRedemption }).handle(post(redemption()));
      expect(onRedemption).toHaveBeenLastCalledWith(
        expect.anything(),
        expect.objectContaining({ secretIndex: index, known: undefined }),
      );
    }
  });
});

describe('the reward book', () => {
  const bookOf = (ids: readonly string[]) => ({
    find: jest.fn(async (id: string) =>
      ids.includes(id)
        ? { matches: (userId: string, quantity: number | null) => userId === 'private-user' && (quantity ?? 20) === 20 }
        : null,
    ),
  });

  test('a known reward is credited and the context says so; an issuance is compared without its quantity', async () => {
    const handler = jest.fn();
    const onRefused = jest.fn();
    const body = redemption();
    const { transaction_id: id } = JSON.parse(body) as { transaction_id: string };
    const receiver = receiverOf({
      rewardBook: bookOf([id, 'r']),
      onRedemption: handler,
      onIssuance: handler,
      onRefused,
    });
    for (const known of [body, issuance()]) {
      expect((await receiver.handle(post(known))).status).toBe(200);
      expect(handler).toHaveBeenLastCalledWith(expect.anything(), expect.objectContaining({ known: true }));
    }
    expect(onRefused).not.toHaveBeenCalled();
  });

  test("an unknown one is credited and reported once, or with 'refuse' a 401 that credits nothing", async () => {
    const onRedemption = jest.fn();
    const onRefused = jest.fn();
    const body = redemption();
    const reports = receiverOf({ rewardBook: bookOf([]), onRedemption, onRefused });
    for (let n = 0; n < 2; n += 1) expect((await reports.handle(post(body))).status).toBe(200);
    expect(onRedemption).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ known: false }));
    expect(onRefused.mock.calls).toEqual([[expect.objectContaining({ status: 200, code: 'unknown_reward' })]]);

    const refuses = receiverOf({ rewardBook: bookOf([]), unknownReward: 'refuse', onRedemption, onRefused });
    expect(await refuses.handle(post(body))).toMatchObject({ status: 401, body: '{"error":"unknown_reward"}' });
    expect(onRefused).toHaveBeenLastCalledWith(expect.objectContaining({ status: 401, code: 'unknown_reward' }));
    expect(onRedemption).toHaveBeenCalledTimes(1);
  });

  test.each(['documented', 'legacy'] as const)(
    'a redemption (%s) that was cut into an issuance is not known',
    async (formula) => {
      const name = formula === 'legacy' ? 'Coins' : 'Level 3';
      const genuine = { content: 'coins-7', name, quantity: 20, userId: 'private-user', transactionId: 'reward-cut' };
      const signature = signCallback(genuine, secret, { redemptionFormula: formula });
      // Digits before the quantity join it; an issuance's quantity is not compared, and nothing follows the ids of a redemption.
      const before = formula === 'legacy' ? 'coins-' : 'coins-7Level ';
      const quantity = formula === 'legacy' ? 720 : 320;
      const ids = { user_id: 'private-user', transaction_id: 'reward-cut' };
      const cut = JSON.stringify({ content: before, quantity, ...ids, nonce: '', origin: '', signature });
      const onIssuance = jest.fn();
      const options = { rewardBook: bookOf(['reward-cut']), redemptionFormula: formula, onIssuance };
      const refuses = receiverOf({ ...options, unknownReward: 'refuse' });
      expect(await refuses.handle(post(cut))).toMatchObject({ status: 401, body: '{"error":"unknown_reward"}' });
      const { transactionId: transaction_id, userId: user_id, ...rest } = genuine;
      expect((await refuses.handle(post(JSON.stringify({ ...rest, transaction_id, user_id, signature })))).status).toBe(
        200,
      );
      expect(onIssuance).not.toHaveBeenCalled();
      expect((await receiverOf(options).handle(post(cut))).status).toBe(200);
      expect(onIssuance).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ known: false }));
    },
  );

  test("one that fails: under 'refuse' 500 with onError and the event, nothing credited", async () => {
    const onError = jest.fn();
    const onRedemption = jest.fn();
    const rewardBook = { find: () => Promise.reject(new Error('down')) };
    const options = { rewardBook, unknownReward: 'refuse', onError, onRedemption } as const;
    expect((await receiverOf(options).handle(post(redemption()))).status).toBe(500);
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ message: 'down' }), {
      event: expect.objectContaining({ type: 'redemption' }) as unknown,
    });
    expect(onRedemption).not.toHaveBeenCalled();
  });

  test("one that fails: under 'report' credited once, `known: null`, and told without the error's text", async () => {
    const onError = jest.fn();
    const onRefused = jest.fn();
    const onRedemption = jest.fn();
    const rewardBook = {
      find: () => Promise.reject(Object.assign(new Error('user private-user'), { code: 'ECONNREFUSED' })),
    };
    const receiver = receiverOf({ rewardBook, onError, onRefused, onRedemption });
    const body = redemption();
    for (let n = 0; n < 2; n += 1) expect((await receiver.handle(post(body))).status).toBe(200);
    expect(onRedemption).toHaveBeenCalledTimes(1);
    expect(onRedemption).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ known: null }));
    expect(onError).not.toHaveBeenCalled();
    expect(onRefused).toHaveBeenCalledTimes(1);
    const [refusal] = onRefused.mock.calls[0] as [{ advice: string }];
    expect(refusal).toMatchObject({ status: 200, code: 'unchecked_reward' });
    expect(refusal.advice).toContain('Error ECONNREFUSED');
    expect(refusal.advice).not.toContain('private-user');
  });
});

describe('close', () => {
  test('waits for what is in flight, refuses what comes later, closes the ledger once', async () => {
    const close = jest.fn(async () => undefined);
    const ledger = { ...memoryLedger(), close };
    const entered = gate();
    const release = gate();
    const receiver = receiverOf({
      ledger,
      async onRedemption() {
        entered.open();
        await release.opened;
      },
    });
    const first = receiver.handle(post(redemption()));
    await entered.opened;
    let closed = false;
    const closing = Promise.all([receiver.close(), receiver.close()]).then(() => (closed = true));
    const later = await receiver.handle(post(redemption()));
    expect(later).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(closed).toBe(false);
    expect(close).not.toHaveBeenCalled();
    release.open();
    expect((await first).status).toBe(200);
    await closing;
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('options', () => {
  test('every problem is named at once', () => {
    const wrong = {
      secret: '',
      redemptionFormula: 'old',
      onRedemption: 'x',
      onIssuance: 5,
      onError: {},
      onRefused: 'log',
      ledger: {},
      quantity: 'integer',
      rewardBook: {},
      unknownReward: 'drop',
      maxBodyBytes: 1024 * 1024 + 1,
      bodyTimeoutMs: 1.5,
      handlerTimeoutMs: 2 ** 31,
    } as unknown as CallbackReceiverOptions;
    let error: unknown;
    try {
      createCallbackReceiver(wrong);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(KiipConfigError);
    expect((error as KiipConfigError).issues.map(({ path }) => path).sort()).toEqual(Object.keys(wrong).sort());
  });

  test('a misspelt one is refused with the name that was meant, in every function of callbacks', () => {
    const fields = { content: 'c', name: 'n', quantity: 1, userId: 'u', transactionId: 't' };
    const calls: readonly ((options: Record<string, unknown>) => unknown)[] = [
      (options) => createCallbackReceiver(options as unknown as CallbackReceiverOptions),
      (options) => verifyCallback(redemption(), options as never),
      (options) => verifyCallbackFields({}, options as never),
      ({ redemptionFormulae }) => signCallback(fields, secret, { redemptionFormulae } as never),
    ];
    for (const call of calls) {
      const options = { secret, redemptionFormulae: 'legacy' };
      expect(() => call(options)).toThrow(KiipConfigError);
      expect(() => call(options)).toThrow('redemptionFormulae is not a known field (did you mean redemptionFormula?)');
    }
    const lonely = { secret, unknownReward: 'refuse' } as const;
    expect(() => createCallbackReceiver(lonely)).toThrow('unknownReward needs a rewardBook');
    expect(() => createCallbackReceiver(undefined as unknown as CallbackReceiverOptions)).toThrow('secret must be');
  });

  test('an option that is undefined counts as absent', async () => {
    const undefineds = {
      maxBodyBytes: undefined,
      handlerTimeoutMs: undefined,
      redemptionFormula: undefined,
      onError: undefined,
    } satisfies Partial<CallbackReceiverOptions>;
    expect((await receiverOf(undefineds).handle(post(redemption()))).status).toBe(200);
  });

  test('the list of secrets is the one of the beginning', async () => {
    const secrets = [secret];
    const receiver = receiverOf({ secret: secrets });
    secrets[0] = 'another';
    expect((await receiver.handle(post(redemption()))).status).toBe(200);
  });

  test('without a ledger the memory of the process is used, and that is warned about once', async () => {
    const receivers = [1, 2].map(() => createCallbackReceiver({ secret, onRedemption: () => undefined }));
    expect(warnings).toEqual([
      { code: 'KIIP_MEMORY_LEDGER', message: expect.stringContaining('this process only') as string },
    ]);
    const body = redemption();
    expect((await receivers[0]?.handle(post(body)))?.body).toContain('processed');
    expect((await receivers[0]?.handle(post(body)))?.body).toContain('duplicate');
    expect((await receivers[1]?.handle(post(body)))?.body).toContain('processed');
  });
});
