import { adviseOn, buildMoment, buildSessionStart, type DeviceContext } from 'kiip-s2s';
import { APP, CONTEXT } from '../support/context.js';

const PUBLIC: DeviceContext = { ...CONTEXT, connection: { ...CONTEXT.connection, ip: '54.174.101.1' } };
const codes = (context: DeviceContext): string[] =>
  adviseOn(buildMoment(APP, 'level_up', context)).map(({ code }) => code);

test('a complete payload needs none', () => {
  expect(adviseOn(buildMoment(APP, 'level_up', PUBLIC))).toEqual([]);
  expect(adviseOn(buildSessionStart(APP, PUBLIC))).toEqual([]);
});

test('a minimal payload gets all that is missing, in the caller’s names', () => {
  const minimal: DeviceContext = {
    device: { id: 'x', os: 'Android', lang: 'en', locale: 'en_US' },
    connection: { ip: '10.0.0.1' },
    consent: { optedOut: true },
  };
  const advice = adviseOn(buildMoment(APP, 'level_up', minimal));
  expect(advice.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'no_location location',
    'no_user_agent device.userAgent',
    'no_resolution device.resolution',
    'no_manufacturer device.manufacturer',
    'no_model device.model',
    'no_connection_type connection.type',
    'os_without_version device.os',
    'not_a_public_ip connection.ip',
    'no_user_id user.userId',
    'consent_without_user_id consent',
  ]);
  for (const { message } of advice) expect(message).not.toMatch(/10\.0\.0\.1/);
});

test.each([
  '10.1.2.3',
  '192.168.1.1',
  '172.16.0.1',
  '127.0.0.1',
  '169.254.0.1',
  '100.64.0.1',
  '203.0.113.7',
  '0.0.0.0',
  '::1',
  'fe80::1',
  'fc00::1',
])('%s is no device’s address', (ip) => {
  expect(codes({ ...PUBLIC, connection: { ip, type: 'WIFI' } })).toEqual(['not_a_public_ip']);
});

test.each(['54.174.101.1', '8.8.8.8', '2600:1f18::1', '::ffff:8.8.8.8'])('%s may be one', (ip) => {
  expect(codes({ ...PUBLIC, connection: { ip, type: 'WIFI' } })).toEqual([]);
});

test('the zeroed advertising identifier', () => {
  expect(codes({ ...PUBLIC, device: { ...PUBLIC.device, id: '00000000-0000-0000-0000-000000000000' } })).toEqual([
    'zeroed_device_id',
  ]);
});

test('accuracy is asked for, but not of the kiip dialect, which has none', () => {
  const payload = buildMoment(APP, 'level_up', { ...PUBLIC, location: { lat: 1, lng: 2 } });
  expect(adviseOn(payload).map(({ code }) => code)).toEqual(['no_accuracy']);
  expect(adviseOn(payload, { platform: 'kiip' })).toEqual([]);
});
