// What runs everywhere. Each part is loaded on its own, so that one that cannot be loaded does not hide the others.
const SECRET = 'app-secret';

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** The servers that the client talks to. */
export interface Servers {
  /** A sandbox, and its key. */
  readonly sandbox: string;
  readonly appKey: string;
  /** Where nothing listens. */
  readonly closed: string;
  /** A server that never answers. */
  readonly silent: string;
}

type Parts = Readonly<Record<string, (servers: Servers) => Promise<void>>>;

const CONTEXT = {
  device: { id: 'd', os: 'Android 15', lang: 'en', locale: 'en_US' },
  connection: { ip: '203.0.113.7' },
  user: { userId: 'ann' },
};

/** The parts that do not need Node. */
export const portable: Parts = {
  async 'callbacks: sign and verify'() {
    const { signCallback, verifyCallback } = await import('kiip-s2s/callbacks');
    const { CallbackSignatureError } = await import('kiip-s2s');
    const fields = { transactionId: 't1', content: 'coins', name: 'Cöins', quantity: 20, userId: 'ann' };
    const signature = signCallback(fields, SECRET);
    const { transactionId, userId, ...rest } = fields;
    const body = JSON.stringify({ ...rest, transaction_id: transactionId, user_id: userId, signature });
    check(verifyCallback(new TextEncoder().encode(body), { secret: SECRET }).quantity === 20, 'not verified');
    try {
      verifyCallback(body, { secret: 'another' });
    } catch (error) {
      return check(error instanceof CallbackSignatureError, 'another error');
    }
    throw new Error('a forged signature was taken');
  },
  async 'receiver through callbackFetch'() {
    const { createCallbackReceiver, signCallback } = await import('kiip-s2s/callbacks');
    const { callbackFetch } = await import('kiip-s2s/fetch');
    let coins = 0;
    const onRedemption = ({ quantity }: { quantity: number }): void => void (coins += quantity);
    // With the ledger by default, which warns: a warning must not break the receiver.
    const receiver = createCallbackReceiver({ secret: SECRET, onRedemption });
    const fields = { transactionId: 't1', content: 'coins', name: 'Coins', quantity: 20, userId: 'ann' };
    const signature = signCallback(fields, SECRET);
    const { transactionId, userId, ...rest } = fields;
    const body = JSON.stringify({ ...rest, transaction_id: transactionId, user_id: userId, signature });
    const headers = { 'content-type': 'application/json' };
    const handle = callbackFetch(receiver);
    for (let delivery = 0; delivery < 2; delivery += 1) {
      const { status } = await handle(new Request('https://game.example/callback', { method: 'POST', headers, body }));
      check(status === 200, `status ${status}`);
    }
    await receiver.close();
    check(coins === 20, `${coins} coins`);
  },
  async webview() {
    const { parseDismissUrl } = await import('kiip-s2s/webview');
    check(parseDismissUrl('kiip://did_dismiss?redeemed=true')?.redeemed === true, 'not redeemed');
  },
  async consent() {
    const { consentFromSignals } = await import('kiip-s2s/consent');
    check(consentFromSignals({ gpc: true })?.optedOut === true, 'not opted out');
  },
  async 'builders and parsers'() {
    const { buildMoment, parseMomentResponse, adviseOn } = await import('kiip-s2s');
    const payload = buildMoment({ appKey: 'k', appVersion: '1', test: true }, 'level_up', CONTEXT);
    check(payload.moment.id === 'level_up', 'another moment');
    check(adviseOn(payload).length >= 0, 'no advice');
    check(!parseMomentResponse('{}').rewarded, 'a reward');
  },
  async 'clients on fetchTransport()'({ sandbox, appKey, closed, silent }) {
    const { KiipClient, KiipConnectionError, KiipTimeoutError } = await import('kiip-s2s');
    const { fetchTransport } = await import('kiip-s2s/fetch');
    const { createImpressionId, KaminariClient, visitorFromRequest } = await import('kiip-s2s/kaminari');
    const transport = fetchTransport();
    const createClient = (baseUrl: string) =>
      new KiipClient({ appKey, appVersion: '1', test: true, baseUrl, transport, timeoutMs: 5_000, retry: false });

    const client = createClient(sandbox);
    check((await client.startSession(CONTEXT)).date !== null, 'no start');
    check((await client.moment('level_up', CONTEXT)).rewarded, 'no reward');
    check((await client.endSession(CONTEXT)).date !== null, 'no end');
    await client.close();

    const kaminari = new KaminariClient({ kmnrKey: 'k', baseUrl: sandbox, transport, windowMs: 5_000 });
    const request = new Request('https://game.example/', { headers: { 'user-agent': 'Visitor' } });
    const kmnrId = createImpressionId();
    const { status } = await kaminari.ping({ kmnrId, visitor: visitorFromRequest(request, { ip: '203.0.113.7' }) });
    check(status === 'delivered', `the ping was ${status}`);
    check(kaminari.scriptTag({ kmnrId }).includes(kmnrId), 'no script');
    await kaminari.close();

    const refused = await createClient(closed)
      .moment('level_up', CONTEXT)
      .catch((error: unknown) => error);
    check(refused instanceof KiipConnectionError && refused.reason === 'fetch_failed', `closed: ${String(refused)}`);
    const late = await createClient(silent)
      .moment('level_up', CONTEXT, { timeoutMs: 200 })
      .catch((error: unknown) => error);
    check(late instanceof KiipTimeoutError && late.scope === 'attempt', `silent: ${String(late)}`);
  },
};

/** Runs parts one after the other; says what each came to. */
export async function runParts(parts: Parts, servers: Servers): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [name, run] of Object.entries(parts))
    results[name] = await run(servers).then(
      () => 'works',
      (error: unknown) => `fails: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  return results;
}
