// What runs everywhere. Each part is loaded on its own, so that one that cannot be loaded does not hide the others.
const SECRET = 'app-secret';

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** The parts that need neither Node nor a transport. */
export const portable: Readonly<Record<string, () => Promise<void>>> = {
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
    const { createCallbackReceiver, memoryLedger, signCallback } = await import('kiip-s2s/callbacks');
    const { callbackFetch } = await import('kiip-s2s/fetch');
    let coins = 0;
    const onRedemption = ({ quantity }: { quantity: number }): void => void (coins += quantity);
    const receiver = createCallbackReceiver({ secret: SECRET, ledger: memoryLedger(), onRedemption });
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
    const context = {
      device: { id: 'd', os: 'Android 15', lang: 'en', locale: 'en_US' },
      connection: { ip: '203.0.113.7' },
    };
    const payload = buildMoment({ appKey: 'k', appVersion: '1', test: true }, 'level_up', context);
    check(payload.moment.id === 'level_up', 'another moment');
    check(adviseOn(payload).length >= 0, 'no advice');
    check(!parseMomentResponse('{}').rewarded, 'a reward');
  },
};

/** Runs parts one after the other; says what each came to. */
export async function runParts(parts: Readonly<Record<string, () => Promise<void>>>): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  for (const [name, run] of Object.entries(parts))
    results[name] = await run().then(
      () => 'works',
      (error: unknown) => `fails: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  return results;
}
