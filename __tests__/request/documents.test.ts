import { buildMoment, buildSessionEnd, buildSessionStart } from '../../src/request/build.js';
import type { AppIdentity, DeviceContext } from '../../src/request/context.js';

// The payloads of the two published documents, written by hand from their "Example Request" sections, with the rulings applied:
// the key `events` (PROTOCOL K4), `close_button: ""` not sent (K5, K8), and their longitude kept as printed, without its sign (K7).

const app = { appKey: 'a05a2fd245170d452de01a6abc786922', appVersion: '4281020' };
const at = new Date('2015-01-28T01:32:22.852Z');
const device = {
  id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b',
  lang: 'en',
  locale: 'en_US',
  manufacturer: 'google',
  model: 'nexus_5',
  os: 'Android 5.0',
  resolution: '1080x1776',
};
const connection = { ip: '54.174.101.1', type: 'WIFI' };

const ninthDecimalSession =
  '{"app":{"app_key":"a05a2fd245170d452de01a6abc786922","version":"4281020","dns_compliance":true},"connection":{"ip":"54.174.101.1","type":"WIFI"},"device":{"id":"45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b","lang":"en","locale":"en_US","manufacturer":"google","model":"nexus_5","os":"Android 5.0","resolution":"1080x1776"},"bundle_id":"me.kiip.SampleApp","location":{"lat":39.0437192,"lng":77.4874899,"accuracy":10},"sdk_version":"1.0","test":true,"user":{"gender":"m"},"events":[{"id":"session_start","start":"2015-01-28T01:32:22.852Z"}],"user_consent_info":{"user_compliance":false,"state":"CA"}}';

const ninthDecimalMoment =
  '{"app":{"app_key":"a05a2fd245170d452de01a6abc786922","version":"4281020","dns_compliance":true},"connection":{"ip":"54.174.101.1","type":"WIFI"},"device":{"id":"45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b","lang":"en","locale":"en_US","manufacturer":"google","model":"nexus_5","os":"Android 5.0","resolution":"1080x1776"},"location":{"lat":39.0437192,"lng":77.4874899,"accuracy":10},"moment":{"id":"CgkIraKVsdIBEAIQEA"},"bundle_id":"me.kiip.SampleApp","email_address":"hello@kiip.me","sdk_version":"2.3.0","test":false,"user":{"gender":"f"},"events":[{"id":"session_start","start":"2015-01-28T01:32:22.852Z"}],"user_consent_info":{"user_compliance":true,"state":"WA"}}';

const kiipSession =
  '{"app":{"app_key":"a05a2fd245170d452de01a6abc786922","version":"4281020"},"connection":{"ip":"54.174.101.1","type":"WIFI"},"device":{"id":"45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b","lang":"en","locale":"en_US","manufacturer":"google","model":"nexus_5","os":"Android 5.0","resolution":"1080x1776"},"location":{"lat":39.0437192,"lng":77.4874899},"sdk_version":"1.0","test":true,"user":{"gender":"m"},"events":[{"id":"session_start","start":"2015-01-28T01:32:22.852Z"}]}';

const kiipMoment =
  '{"app":{"app_key":"a05a2fd245170d452de01a6abc786922","version":"4281020"},"connection":{"ip":"54.174.101.1","type":"WIFI"},"device":{"id":"45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b","lang":"en","locale":"en_US","manufacturer":"google","model":"nexus_5","os":"Android 5.0","resolution":"1080x1776"},"location":{"lat":39.0437192,"lng":77.4874899},"moment":{"id":"CgkIraKVsdIBEAIQEA"},"email_address":"hello@kiip.me","sdk_version":"2.3.0","test":false,"user":{"gender":"f"},"events":[{"id":"session_start","start":"2015-01-28T01:32:22.852Z"}]}';

describe('the example payloads of the NinthDecimal document, byte for byte', () => {
  const context: DeviceContext = {
    device,
    connection,
    location: { lat: 39.0437192, lng: 77.4874899, accuracy: 10 },
    bundleId: 'me.kiip.SampleApp',
  };

  test('session', () => {
    const payload = buildSessionStart(
      { ...app, test: true, dnsCompliance: true },
      { ...context, user: { gender: 'm' }, consent: { optedOut: false, state: 'CA' } },
      { at },
    );
    expect(JSON.stringify(payload)).toBe(ninthDecimalSession);
  });

  test('moment', () => {
    const payload = buildMoment(
      { ...app, test: false, dnsCompliance: true, sdkVersion: '2.3.0' },
      'CgkIraKVsdIBEAIQEA',
      { ...context, emailAddress: 'hello@kiip.me', user: { gender: 'f' }, consent: { optedOut: true, state: 'WA' } },
      { events: [{ id: 'session_start', start: at }] },
    );
    expect(JSON.stringify(payload)).toBe(ninthDecimalMoment);
  });

  test('the update of consent', () => {
    const payload = buildSessionStart(
      { ...app, test: false, dnsCompliance: true },
      { ...context, user: { userId: 'johndoe' }, consent: { optedOut: true, state: 'CA' } },
      { at },
    );
    expect(payload).toMatchObject({
      app: { dns_compliance: true },
      device: { id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b' },
      user: { userid: 'johndoe' },
      user_consent_info: { user_compliance: true, state: 'CA' },
    });
  });
});

describe('the example payloads of the Kiip document, byte for byte', () => {
  const context: DeviceContext<'kiip'> = { device, connection, location: { lat: 39.0437192, lng: 77.4874899 } };
  const kiip: AppIdentity<'kiip'> = { ...app, test: true, platform: 'kiip' };

  test('session', () => {
    expect(JSON.stringify(buildSessionStart(kiip, { ...context, user: { gender: 'm' } }, { at }))).toBe(kiipSession);
  });

  test('the end of a session differs in its event alone', () => {
    const payload = buildSessionEnd(kiip, { ...context, user: { gender: 'm' } }, { at });
    expect(JSON.stringify(payload)).toBe(kiipSession.replace('session_start', 'session_end'));
  });

  test('moment', () => {
    const payload = buildMoment(
      { ...kiip, test: false, sdkVersion: '2.3.0' },
      'CgkIraKVsdIBEAIQEA',
      { ...context, emailAddress: 'hello@kiip.me', user: { gender: 'f' } },
      { events: [{ id: 'session_start', start: at }] },
    );
    expect(JSON.stringify(payload)).toBe(kiipMoment);
  });
});
