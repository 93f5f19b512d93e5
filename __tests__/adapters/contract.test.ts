import { request } from 'node:http';
import { once } from 'node:events';
import {
  createCallbackReceiver,
  memoryLedger,
  signCallback,
  type CallbackReceiver,
  type CallbackReceiverOptions,
} from '../../src/callbacks/index.js';
import { gate } from '../stores/contract.js';
import { variants, type App, type Variant } from './apps.js';

const secret = 'the app secret';
let serial = 0;

function fieldsOf(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  serial += 1;
  const fields = {
    content: 'coins',
    name: 'Münzen',
    quantity: 20,
    userId: 'player 1+1',
    transactionId: `reward-${serial}`,
  };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  return { ...rest, user_id, transaction_id, signature: signCallback(fields, secret), ...overrides };
}
const json = (overrides: Record<string, unknown> = {}): string => JSON.stringify(fieldsOf(overrides));

let warnings: { code: string; message: string }[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((message, options) => {
    warnings.push({ code: (options as { code?: string }).code ?? '', message: String(message) });
  });
});
afterEach(() => jest.restoreAllMocks());

interface Running {
  readonly app: App;
  readonly receiver: CallbackReceiver;
  readonly onRedemption: jest.Mock;
  post(body: string | Uint8Array, contentType?: string): Promise<{ status: number; text: string; headers: Headers }>;
}

async function running(variant: Variant, options: Partial<CallbackReceiverOptions> = {}): Promise<Running> {
  const onRedemption = jest.fn();
  const receiver = createCallbackReceiver({
    secret,
    ledger: memoryLedger(),
    onRedemption,
    onIssuance: () => undefined,
    ...options,
  });
  const app = await variant.start(receiver);
  return {
    app,
    receiver,
    onRedemption,
    async post(body, contentType = 'application/json') {
      const response = await fetch(app.url, {
        method: 'POST',
        body: body as string,
        headers: { 'content-type': contentType },
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
  };
}

const withApp = async (
  variant: Variant,
  run: (running: Running) => Promise<void>,
  options: Partial<CallbackReceiverOptions> = {},
): Promise<void> => {
  const own = await running(variant, options);
  try {
    await run(own);
  } finally {
    await own.app.close();
    await own.receiver.close();
  }
};

describe.each(variants.map((variant) => [`${variant.adapter} after ${variant.before}`, variant] as const))(
  '%s',
  (_name, variant) => {
    if (variant.left === 'gone') {
      test('500, nothing credited, and a warning that says which line to move', () =>
        withApp(variant, async ({ post, onRedemption }) => {
          expect((await post(json())).status).toBe(500);
          expect(onRedemption).not.toHaveBeenCalled();
          expect(warnings).toEqual([
            {
              code: 'KIIP_CALLBACK_BODY_EATEN',
              message: expect.stringMatching(/Move the line|call |register /) as string,
            },
          ]);
        }));
      return;
    }

    test('200, then duplicate', () =>
      withApp(variant, async ({ post, onRedemption }) => {
        const body = json();
        const first = await post(body);
        expect(first).toMatchObject({ status: 200, text: '{"result":"processed"}' });
        expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
        expect(await post(body)).toMatchObject({ status: 200, text: '{"result":"duplicate"}' });
        expect(onRedemption).toHaveBeenCalledTimes(1);
        expect(onRedemption.mock.calls[0]?.[0]).toMatchObject({ name: 'Münzen', userId: 'player 1+1', quantity: 20 });
      }));

    test('200 for a form', () =>
      withApp(variant, async ({ post, onRedemption }) => {
        const form = new URLSearchParams(fieldsOf() as Record<string, string>).toString();
        const { status } = await post(form, 'application/x-www-form-urlencoded');
        // The stand-in for a middleware of a Lambda function knows JSON only, and leaves nothing of a form.
        expect(status).toBe(variant.adapter === 'lambda' && variant.left === 'parsed' ? 400 : 200);
        if (status === 200) expect(onRedemption.mock.calls[0]?.[0]).toMatchObject({ userId: 'player 1+1' });
      }));

    test('400', () =>
      withApp(variant, async ({ post }) => {
        const { status, text } = await post(json({ quantity: undefined }));
        expect([status, text]).toEqual([400, expect.stringContaining('lacks quantity')]);
        expect((await post('{}')).status).toBe(400);
        // An empty body has come to its end, whoever read it.
        const empty = await post('');
        expect([empty.status, empty.text]).toEqual([400, expect.stringMatching(/not a JSON object|lacks/)]);
      }));

    test('401, or 500 where a parser may have changed a number', () =>
      withApp(variant, async ({ post, onRedemption }) => {
        const { status } = await post(json({ user_id: 'another' }));
        expect(status).toBe(variant.left === 'raw' ? 401 : 500);
        expect((await post(json({ user_id: 'another', quantity: '20' }))).status).toBe(401);
        // What is no SHA-1 in hex was not signed by the platform, whatever a parser did.
        expect((await post(json({ signature: 'abc' }))).status).toBe(401);
        expect(onRedemption).not.toHaveBeenCalled();
      }));

    test('a number whose text the signature needs: 200, or 500 with the line to move', () =>
      withApp(variant, async ({ post }) => {
        const fields = {
          content: 'coins',
          name: 'Coins',
          quantity: '20.0',
          userId: 'u',
          transactionId: `reward-x${(serial += 1)}`,
        };
        const signature = signCallback(fields, secret);
        const body = `{"content":"coins","name":"Coins","quantity":20.0,"user_id":"u","transaction_id":"${fields.transactionId}","signature":"${signature}"}`;
        expect((await post(body)).status).toBe(variant.left === 'raw' ? 200 : 500);
        if (variant.left === 'parsed') expect(warnings[0]).toMatchObject({ code: 'KIIP_CALLBACK_BODY_EATEN' });
      }));

    test('405 with Allow', () =>
      withApp(variant, async ({ app }) => {
        for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
          const response = await fetch(app.url, { method, headers: { 'content-type': 'application/json' } });
          expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'POST']);
        }
      }));

    test('413', () =>
      withApp(variant, async ({ post }) =>
        expect((await post(json({ filler: 'x'.repeat(80_000) }))).status).toBe(413),
      ));

    test('415', () =>
      withApp(variant, async ({ post }) => expect((await post(json(), 'text/html')).status).toBe(415)));

    test('500 when the handler fails, without its words, then 200', () =>
      withApp(variant, async ({ post, onRedemption }) => {
        onRedemption.mockRejectedValueOnce(new Error('no row for player 1+1'));
        const body = json();
        const first = await post(body);
        expect(first).toMatchObject({ status: 500, text: '{"error":"not_processed"}' });
        expect(await post(body)).toMatchObject({ status: 200, text: '{"result":"processed"}' });
      }));
  },
);

describe.each(
  variants
    .filter(({ before, adapter }) => before === 'nothing' && adapter !== 'lambda')
    .map((variant) => [variant.adapter, variant] as const),
)('%s reading the body itself', (_name, variant) => {
  const open = (url: string, headers: Record<string, string> = {}) => {
    const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
    outgoing.on('error', () => undefined);
    return outgoing;
  };

  test('a body that never ends: 408', () =>
    withApp(
      variant,
      async ({ app, onRedemption }) => {
        const outgoing = open(app.url, { 'content-length': '1000' });
        outgoing.write('{"content":');
        const [response] = (await once(outgoing, 'response')) as [{ statusCode: number; resume(): void }];
        expect(response.statusCode).toBe(408);
        response.resume();
        await once(outgoing, 'close');
        expect(onRedemption).not.toHaveBeenCalled();
      },
      { bodyTimeoutMs: 100 },
    ));

  test('a body that goes over the limit without having said so: 413', () =>
    withApp(variant, async ({ app }) => {
      const outgoing = open(app.url, { 'transfer-encoding': 'chunked' });
      outgoing.write('x'.repeat(70_000));
      const [response] = (await once(outgoing, 'response')) as [{ statusCode: number }];
      expect(response.statusCode).toBe(413);
      outgoing.destroy();
    }));

  test('a body that comes in pieces, cut inside a character', () =>
    withApp(variant, async ({ app }) => {
      const bytes = Buffer.from(json());
      const outgoing = open(app.url, { 'transfer-encoding': 'chunked' });
      const cut = bytes.indexOf('ü') + 1;
      outgoing.write(bytes.subarray(0, cut), () => outgoing.end(bytes.subarray(cut)));
      const [response] = (await once(outgoing, 'response')) as [{ statusCode: number }];
      expect(response.statusCode).toBe(200);
    }));

  test('a sender that goes away in the middle: nothing is credited, close() comes to its end', async () => {
    const { app, receiver, onRedemption } = await running(variant);
    const reading = gate();
    const handle = receiver.handle.bind(receiver);
    jest.spyOn(receiver, 'handle').mockImplementation((incoming) => {
      const answer = handle(incoming);
      reading.open();
      return answer;
    });
    const outgoing = open(app.url, { 'content-length': '1000' });
    outgoing.write('{"content":');
    await reading.opened;
    outgoing.destroy();
    await receiver.close();
    await app.close();
    expect(onRedemption).not.toHaveBeenCalled();
  });

  test('a compressed body: 415, since nobody inflated it', () =>
    withApp(variant, async ({ app }) => {
      const outgoing = open(app.url, { 'content-encoding': 'gzip' });
      outgoing.end(Buffer.from(json()));
      const [response] = (await once(outgoing, 'response')) as [{ statusCode: number }];
      expect(response.statusCode).toBe(415);
    }));
});

test('fastify: the other routes keep their own body parsers', async () => {
  for (const variant of variants.filter(({ adapter, left }) => adapter === 'fastify' && left === 'raw')) {
    await withApp(variant, async ({ app }) => {
      const response = await fetch(app.url.replace('/callback', '/echo'), {
        method: 'POST',
        body: '{"own":1}',
        headers: { 'content-type': 'application/json' },
      });
      expect(await response.text()).toBe('{"own":1}');
    });
  }
});
