import {
  adviseOn,
  buildMoment,
  buildSessionStart,
  isKiipError,
  KiipClient,
  parseBodyUrl,
  parseMomentResponse,
  parseSessionResponse,
  type DeviceContext,
  type Transport,
} from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { createCallbackReceiver, signCallback, verifyCallback, verifyCallbackFields } from 'kiip-s2s/callbacks';
import { createImpressionId, KaminariClient, parsePingBack, visitorFromRequest } from 'kiip-s2s/kaminari';
import { consentFromSignals } from 'kiip-s2s/consent';
import { createWebViewGate, isKiipUrl, parseDismissUrl, parseKiipUrl } from 'kiip-s2s/webview';
import { postgresLedger } from 'kiip-s2s/postgres';
import { Pool } from 'pg';
import { describeWith, startPostgres, type Service } from '../support/services.js';
import { LENGTH } from './attacks.js';
import { LIMIT_MS, measure } from './measure.js';

// What strangers can write, handed to the public functions: 100 kB of what is worst for somebody.
const UNITS = [
  ...[' ', '\t', '\n', '\0', ':', '.', '-', '_', '/', '\\', '"', "'", '%', '+', '&', '=', '?', '#', '@', ';', ',', '[', '{', '('],
  ...['0', '9', 'a', 'A', 'é', '\ud800', '%2', '%25', '\\"', '"\\', '"":', '{"a":', '::', '1.', '/a', 'a=', '&a=', ', ', '-a', '_A'],
  ...['/reward/a', '0:', '=&', '[1', '%zz', '\r\n', 'é=', '/**/', '--\n', '\\u0000', '1e9', 'W/"', ';q=', 'timeout', 'T ', '+0', '~', 'x_', ':1', '1:'],
]; // prettier-ignore
const TEXTS = UNITS.flatMap((unit) => {
  const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
  return [text, `${text}!`, `1${text}\n`];
});

const app = { appKey: 'key', appVersion: '1', test: true };
const device = { id: 'device', os: 'iOS 18.1', lang: 'en', locale: 'en_US' };
const connection = { ip: '8.8.8.8' };
const context: DeviceContext = { device, connection };
const moment = (given: object): unknown => buildMoment(app, 'm', { ...context, ...given } as DeviceContext);
const reward = (bodyUrl: string): unknown =>
  parseMomentResponse({ view: { id: 'r', modal: { title: bodyUrl, body_url: `https://api.kiip.me/${bodyUrl}` } } });

/** The client and Kaminari's, over a transport that answers at once. */
function answering(response: { status?: number; headers?: Record<string, string>; body?: string }): Transport {
  return { send: () => Promise.resolve({ status: 200, headers: {}, body: '', ...response }) };
}
async function callWith(response: Parameters<typeof answering>[0]): Promise<void> {
  const client = new KiipClient({ ...app, transport: answering(response), retry: false });
  await Promise.allSettled([client.moment('m', context), client.startSession(context)]);
  await client.close();
}
const kaminari = new KaminariClient({ kmnrKey: 'key', transport: answering({}) });
const receiver = createCallbackReceiver({
  secret: 'secret',
  onRedemption: () => undefined,
  onRefused: () => undefined,
});
afterAll(() => Promise.all([kaminari.close(), receiver.close()]));

const visitorOf = (headers: Record<string, string>, ip = '10.0.0.1'): unknown =>
  visitorFromRequest({ headers, socket: { remoteAddress: ip } }, { trustProxy: ['10.0.0.0/8'] });
const receive = (headers: Record<string, string>, rawBody = '{}'): unknown =>
  receiver.handle({ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, rawBody });
const redemption = { transactionId: '1', content: 'c', name: 'n', quantity: 1, userId: 'u' };

// prettier-ignore
const SURFACE: Record<string, (text: string) => unknown> = {
  'connection.ip': (text) => moment({ connection: { ip: text } }),
  'an unknown key': (text) => moment({ [text]: 1 }),
  'an unknown key of a block': (text) => moment({ device: { ...device, [text]: 1 } }),
  'an unknown option': (text) => new KiipClient({ ...app, [text]: 1 } as never),
  'an unknown option of a call': (text) => new KiipClient({ ...app, transport: answering({}) }).moment('m', context, { [text]: 1 } as never),
  'device.id': (text) => adviseOn(buildSessionStart(app, { ...context, device: { ...device, id: text } })),
  'device.os': (text) => adviseOn(buildSessionStart(app, { ...context, device: { ...device, os: text } })),
  'device.lang': (text) => moment({ device: { ...device, lang: text } }),
  'device.locale': (text) => moment({ device: { ...device, locale: text } }),
  'device.locale after a language': (text) => moment({ device: { ...device, locale: `en_${text}` } }),
  'device.resolution': (text) => moment({ device: { ...device, resolution: text } }),
  'device.density': (text) => moment({ device: { ...device, density: text } }),
  'device.userAgent': (text) => moment({ device: { ...device, userAgent: text } }),
  'connection.type': (text) => moment({ connection: { ip: '8.8.8.8', type: text, carrier: text } }),
  'user.userId': (text) => moment({ user: { userId: text } }),
  'emailAddress': (text) => moment({ emailAddress: text }),
  'emailAddress with an @': (text) => moment({ emailAddress: `a@${text}` }),
  'consent.state': (text) => moment({ consent: { optedOut: true, state: text } }),
  'country': (text) => moment({ country: text }),
  'a moment id': (text) => buildMoment(app, text, context),
  'baseUrl': (text) => new KiipClient({ ...app, baseUrl: `https://a.test/${text}` }),
  'a path': (text) => new KiipClient({ ...app, paths: { moment: `/${text}` } }),
  'a proxy': (text) => createTransport({ proxy: `http://${text}` }),
  'the date of an answer': (text) => parseSessionResponse({ date: text }),
  'the date of an answer, begun well': (text) => parseSessionResponse({ date: `2015-01-28T01:32:24.${text}` }),
  'used_date': (text) => parseMomentResponse({ view: { id: 'r', used_date: text, modal: { body_url: 'https://api.kiip.me/reward/u/r' } } }),
  'a body that is not JSON': (text) => parseMomentResponse(text),
  'a refusal': (text) => callWith({ body: JSON.stringify({ error: text }) }),
  'a refusal with a status': (text) => callWith({ status: 400, body: JSON.stringify({ error: text }) }),
  'a body URL': (text) => reward(text),
  'a query of a body URL': (text) => reward(`reward/u/r?${text}`),
  'parseBodyUrl': (text) => parseBodyUrl(`https://api.kiip.me/reward/u/r?${text}`),
  'parseBodyUrl, path': (text) => parseBodyUrl(`https://api.kiip.me/reward/${text}`),
  'Retry-After': (text) => callWith({ status: 429, headers: { 'retry-after': text } }),
  'Retry-After, begun well': (text) => callWith({ status: 503, headers: { 'retry-after': `Wed, ${text}` } }),
  'Content-Type of an answer': (text) => callWith({ body: '<', headers: { 'content-type': text } }),
  'Location': (text) => callWith({ status: 302, headers: { location: text } }),
  'Location, begun well': (text) => callWith({ status: 302, headers: { location: `https://a.test/${text}` } }),
  'isKiipUrl': (text) => isKiipUrl(text),
  'parseDismissUrl': (text) => parseDismissUrl(`kiip://did_dismiss${text}`),
  'parseDismissUrl, parameters': (text) => parseDismissUrl(`kiip://did_dismiss?${text}`),
  'parseDismissUrl, native_url': (text) => parseDismissUrl(`kiip://did_dismiss?native_url=https://a.test/${text}`),
  'parseKiipUrl': (text) => parseKiipUrl(`kiip://${text}`),
  'parseKiipUrl, parameters': (text) => parseKiipUrl(`kiip://content?content=1&${text}`),
  'consentFromSignals, usPrivacy': (text) => consentFromSignals({ usPrivacy: text }),
  'consentFromSignals, gpp': (text) => consentFromSignals({ gpp: `DBABLA~${text}` }),
  'consentFromSignals, state': (text) => consentFromSignals({ choice: true, state: text }),
  'createWebViewGate': (text) => createWebViewGate({ onDismiss: () => undefined })({ url: `kiip:${text}` }),
  'verifyCallback': (text) => verifyCallback(text, { secret: 's' }),
  'verifyCallback, a string of JSON': (text) => verifyCallback(`{"a":["${text.replace(/[\n\t\0\r]/g, ' ')}"]}`, { secret: 's' }),
  'verifyCallback, an escaped string of JSON': (text) => verifyCallback(JSON.stringify({ a: [text] }), { secret: 's' }),
  'verifyCallback, a member of JSON': (text) => verifyCallback(`{"content":${text}`, { secret: 's' }),
  'verifyCallback, a form': (text) => verifyCallback(text, { secret: 's', contentType: 'application/x-www-form-urlencoded' }),
  'verifyCallback, a content type': (text) => verifyCallback('{}', { secret: 's', contentType: text }),
  'verifyCallback, a charset': (text) => verifyCallback('{}', { secret: 's', contentType: `application/json;charset=${text}` }),
  'verifyCallbackFields': (text) => verifyCallbackFields({ [text]: text, signature: text, quantity: text }, { secret: 's' }),
  'signCallback': (text) => signCallback({ ...redemption, content: text }, 's'),
  'a callback receiver, its body': (text) => receive({}, text.slice(0, 64_000)),
  'a callback receiver, Content-Type': (text) => receive({ 'content-type': text }),
  'a callback receiver, Content-Encoding': (text) => receive({ 'content-encoding': text }),
  'a callback receiver, Content-Length': (text) => receive({ 'content-length': text }),
  'X-Forwarded-For': (text) => visitorOf({ 'x-forwarded-for': text }),
  'X-Forwarded-For with a port': (text) => visitorOf({ 'x-forwarded-for': `[${text}` }),
  'User-Agent and client hints': (text) => visitorOf({ 'user-agent': text, 'sec-ch-ua': text, 'accept-language': text, dpr: text }),
  'the address of a socket': (text) => visitorOf({}, text),
  'an impression id': (text) => kaminari.ping({ kmnrId: text, visitor: { ip: '', forwardedFor: '', headers: {} } }),
  'subs': (text) => kaminari.scriptTag({ kmnrId: createImpressionId(), subs: { sub1: text } }),
  'the nonce of a script tag': (text) => kaminari.scriptTag({ kmnrId: createImpressionId() }, { nonce: text }),
  'parsePingBack': (text) => parsePingBack(text),
  'parsePingBack, a string': (text) => parsePingBack(JSON.stringify({ kmnrId: text.slice(0, LENGTH / 6) })),
};

test.each(Object.entries(SURFACE))('%s', async (_, call) => {
  for (const text of TEXTS) {
    const strangers: unknown[] = [];
    const ms = await measure(async () => {
      try {
        await call(text);
      } catch (error) {
        if (!isKiipError(error)) strangers.push(error);
      }
    });
    expect(strangers).toEqual([]);
    if (ms >= LIMIT_MS)
      throw new Error(`${ms} ms for ${JSON.stringify(text.slice(0, 40))}… ${JSON.stringify(text.slice(-5))}`);
  }
});

describeWith('postgres', "the SQL of a handler, in postgresLedger's tx", () => {
  let service: Service;
  let pool: Pool;
  beforeAll(async () => {
    service = await startPostgres();
    pool = new Pool({ connectionString: service.url });
    await postgresLedger(pool).migrate();
  });
  afterAll(async () => {
    await pool.end();
    await service.stop();
  });

  test.each(['/**/', '--\n', '; ', ' ', '/*', 'start ', 'rollback /**/ ', "'", '/*/'])(
    '%j, again and again',
    async (unit) => {
      const took: number[] = [];
      // Whether the database takes the statement is not asked here, only how long we look at it before it is on its way.
      const work = postgresLedger(pool).run([unit], async (tx) => {
        for (const times of [24, LENGTH / unit.length]) {
          const sent: Promise<unknown>[] = [];
          took.push(await measure(() => void sent.push(tx.query(`${unit.repeat(times)}SELECT 1`))));
          await Promise.allSettled(sent);
        }
      });
      await Promise.allSettled([work]);
      expect(took).toHaveLength(2);
      expect(Math.max(...took)).toBeLessThan(LIMIT_MS);
    },
    60_000,
  );
});

test('a query of half a million parameters without an equals sign', async () => {
  const address = `https://api.kiip.me/reward/u/r?${'&'.repeat(500_000)}`;
  expect(await measure(() => parseBodyUrl(address))).toBeLessThan(LIMIT_MS);
});
