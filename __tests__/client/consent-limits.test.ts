import { KiipClient, KiipValidationError, type DeviceContext, type SessionOptions, type Transport } from 'kiip-s2s';
import { memoryConsentStore, type ConsentStore } from 'kiip-s2s/consent';
import { APP, CONTEXT, SECRETS } from '../support/context.js';

interface Wire {
  user_consent_info?: { user_compliance: boolean };
  events?: { start: string }[];
}

const PLAYER: DeviceContext & { consent?: undefined } = { ...CONTEXT, consent: undefined };
const OK = { status: 200, headers: {}, body: '{}' };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function recording(answer: () => Promise<typeof OK> = () => Promise.resolve(OK)) {
  const sent: Wire[] = [];
  const transport: Transport = {
    send: ({ body }) => {
      sent.push(JSON.parse(body) as Wire);
      return answer();
    },
  };
  return { sent, transport };
}

function clientOf(change: Partial<ConsentStore>, { answer, deadlineMs = 400 }: Setup = {}) {
  const { sent, transport } = recording(answer);
  const store = memoryConsentStore();
  const consentStore: ConsentStore = { ...store, ...change };
  return { client: new KiipClient({ ...APP, transport, consentStore, deadlineMs }), sent, store };
}
interface Setup {
  answer?: () => Promise<typeof OK>;
  deadlineMs?: number;
}

describe('a bound session', () => {
  test('notes the consent that it sent, not the one that the game wrote into the context meanwhile', async () => {
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const { sent, transport } = recording(() => answered.then(() => OK));
    const context = { ...CONTEXT, consent: { optedOut: false } };
    const session = new KiipClient({ ...APP, transport }).session(context);
    const started = session.start();
    context.consent = { optedOut: true };
    answer();
    await started;
    await session.end();
    expect(sent.map((wire) => wire.user_consent_info?.user_compliance)).toEqual([false, true]);
  });

  test('refuses consent: null as every call does', async () => {
    const { client } = { client: new KiipClient({ ...APP, transport: recording().transport }) };
    const session = client.session({ ...CONTEXT, consent: null } as unknown as DeviceContext);
    await expect(session.moment('m')).rejects.toBeInstanceOf(KiipValidationError);
  });

  test('updateConsent repeats its start, with at: undefined too', async () => {
    const { client, sent } = clientOf({});
    const session = client.session(PLAYER);
    const at = new Date('2025-01-01T00:00:00.000Z');
    await session.start({ at });
    await session.updateConsent({ optedOut: true }, { at: undefined });
    expect(sent[1]?.events?.[0]?.start).toBe(at.toISOString());
  });
});

describe('updateConsent', () => {
  test('keeps deadlineMs when the store stores and then never says what is due', async () => {
    const { client, sent, store } = clientOf({ due: () => new Promise(() => {}) });
    await expect(client.updateConsent(PLAYER, { optedOut: true })).resolves.toBe('pending');
    expect(sent).toEqual([]);
    expect(await store.due(SECRETS.userId, SECRETS.deviceId)).toMatchObject({ optedOut: true });
  });

  test('keeps deadlineMs over storing and sending together', async () => {
    const slowly = memoryConsentStore();
    const put: ConsentStore['put'] = (...given) => sleep(350).then(() => slowly.put(...given));
    const { client } = clientOf({ ...slowly, put }, { answer: () => sleep(380).then(() => OK) });
    await expect(client.updateConsent(PLAYER, { optedOut: true })).resolves.toBe('pending');
  });

  test('a time from a clock that is ahead does not make the choices after it stale', async () => {
    const { client, sent } = clientOf({});
    const ahead = new Date(Date.now() + 14 * 3_600_000);
    await expect(client.updateConsent(PLAYER, { optedOut: false, at: ahead })).resolves.toBe('delivered');
    await sleep(5);
    await expect(client.updateConsent(PLAYER, { optedOut: true })).resolves.toBe('delivered');
    expect(sent.map((wire) => wire.user_consent_info?.user_compliance)).toEqual([false, true]);
  });

  test.each([null, 'soon', 5])('refuses %p for options', async (options) => {
    const { client, store } = clientOf({});
    const call = client.updateConsent(PLAYER, { optedOut: true }, options as unknown as SessionOptions);
    await expect(call).rejects.toMatchObject({ issues: [{ path: 'options' }] });
    expect(await store.history(SECRETS.userId)).toEqual([]);
  });
});

test('a store that fails while its signal fires leaves no rejection unhandled', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const controller = new AbortController();
  const due = (): Promise<never> => {
    controller.abort();
    return Promise.reject(new Error('down'));
  };
  const { client } = clientOf({ due });
  await expect(client.moment('m', PLAYER, { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  await sleep(20);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
