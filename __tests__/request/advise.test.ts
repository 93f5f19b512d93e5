import {
  adviseOn,
  adviseOnOutcome,
  buildMoment,
  buildSessionStart,
  KiipHttpError,
  parseMomentResponse,
  US_TEST_PLACE,
  type DeviceContext,
} from 'kiip-s2s';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';

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

test.each([
  ['00000000-0000-0000-0000-000000000000', 'zeroed_device_id'],
  ['00000000000000000000000000000000', 'zeroed_device_id'],
  ['0', 'zeroed_device_id'],
  ['undefined', 'not_a_device_id'],
  ['NULL', 'not_a_device_id'],
  [' unknown ', 'not_a_device_id'],
])('the device id %j is %s', (id, code) => {
  expect(codes({ ...PUBLIC, device: { ...PUBLIC.device, id } })).toEqual([code]);
});

test('the advice on a zeroed id asks nobody to work around the player’s choice', () => {
  const device = { ...PUBLIC.device, id: '00000000-0000-0000-0000-000000000000' };
  const [advice] = adviseOn(buildMoment(APP, 'level_up', { ...PUBLIC, device }));
  expect(advice?.message).toMatch(/an id of your app's own, if your policy allows one$/);
});

test.each<[string, number, number, string[]]>([
  ['Virginia', 39.0437192, -77.4874899, []],
  ['the documents’ longitude without its sign', 39.0437192, 77.4874899, ['location_outside_us']],
  ['nowhere', 0, 0, ['null_island']],
  ['Berlin', 52.52, 13.405, ['location_in_eea', 'location_outside_us']],
  ['London', 51.507, -0.128, ['location_outside_us']],
  ['Cayenne, which is not looked for by place', 4.93, -52.33, ['location_outside_us']],
  ['San Diego', 32.715, -117.161, []],
  ['Tijuana', 32.515, -117.04, ['location_outside_us']],
  ['Seattle', 47.606, -122.332, []],
  ['Vancouver', 49.283, -123.12, ['location_outside_us']],
  ['Detroit', 42.36, -83.07, []],
  ['Toronto', 43.653, -79.383, ['location_outside_us']],
  ['Montreal', 45.502, -73.567, ['location_outside_us']],
  ['Buffalo', 42.886, -78.878, []],
  ['El Paso', 31.762, -106.485, []],
  ['Monterrey', 25.686, -100.316, ['location_outside_us']],
  ['Miami', 25.762, -80.192, []],
  ['Boston', 42.36, -71.058, []],
  ['New Orleans', 29.951, -90.072, []],
  ['Chicago', 41.878, -87.63, []],
  ['Houston', 29.76, -95.37, []],
  ['San Francisco', 37.775, -122.419, []],
  ['Anchorage', 61.218, -149.9, []],
  ['Juneau', 58.302, -134.42, []],
  ['Honolulu', 21.307, -157.858, []],
  ['San Juan', 18.466, -66.106, []],
  ['Guam', 13.444, 144.794, []],
  ['Pago Pago', -14.276, -170.702, []],
  ['Havana', 23.113, -82.366, ['location_outside_us']],
])('a test from %s', (_name, lat, lng, expected) => {
  expect(codes({ ...PUBLIC, location: { lat, lng, accuracy: 10 } })).toEqual(expected);
});

test('a live request from outside the US is nobody’s mistake', () => {
  const payload = buildMoment({ ...APP, test: false }, 'm', {
    ...PUBLIC,
    location: { lat: 35.68, lng: 139.69, accuracy: 5 },
  });
  expect(adviseOn(payload)).toEqual([]);
});

test('a child', () => {
  expect(codes({ ...PUBLIC, user: { userId: 'u', age: 12 } })).toEqual(['child']);
  expect(codes({ ...PUBLIC, user: { userId: 'u', age: 13 } })).toEqual([]);
});

test('US_TEST_PLACE needs no advice', () => {
  const place = { ...PUBLIC, ...US_TEST_PLACE, connection: { ...PUBLIC.connection, ...US_TEST_PLACE.connection } };
  expect(codes(place)).toEqual([]);
});

describe('what became of a moment', () => {
  const nothing = parseMomentResponse('{}');
  const forbidden = new KiipHttpError('no', {
    operation: 'moment',
    attempts: 1,
    status: 403,
    retryAfterMs: null,
    reason: null,
  });
  const tokyo = { location: { lat: 35.68, lng: 139.69 } };

  test.each<[string, object, unknown]>([
    ['nothing, by place', tokyo, nothing],
    ['nothing, by country', { country: 'jp' }, nothing],
    ['403, by place', tokyo, forbidden],
    ['403, by country', { country: 'UK' }, forbidden],
  ])('%s: both sentences of the documents', (_name, context, result) => {
    const [advice] = adviseOnOutcome(context, result);
    expect(advice?.message).toContain('blocking all ad requests from the affected EEA regions');
    expect(advice?.message).toContain('recommended to simulate a US-based location');
  });

  test.each<[string, object, unknown]>([
    ['a reward', tokyo, parseMomentResponse(REWARD_JSON)],
    ['our own block', tokyo, { rewarded: false, reason: 'blocked_country', date: null, raw: null }],
    ['a 500', tokyo, { status: 500 }],
    ['nothing in the US', { location: US_TEST_PLACE.location }, nothing],
    ['nothing in Puerto Rico', { country: 'PR' }, nothing],
    ['nobody knows where', {}, nothing],
  ])('%s: none', (_name, context, result) => {
    expect(adviseOnOutcome(context, result)).toEqual([]);
  });
});

test('accuracy is asked for, but not of the kiip dialect, which has none', () => {
  const payload = buildMoment(APP, 'level_up', { ...PUBLIC, location: { lat: 39, lng: -77 } });
  expect(adviseOn(payload).map(({ code }) => code)).toEqual(['no_accuracy']);
  expect(adviseOn(payload, { platform: 'kiip' })).toEqual([]);
});

test('misspelt options are refused', () => {
  const payload = buildMoment(APP, 'm', CONTEXT);
  const misspelt: Record<string, unknown>[] = [{ platfrom: 'kiip' }, { platform: 'Kiip' }];
  for (const options of misspelt) expect(() => adviseOn(payload, options as { platform?: 'kiip' })).toThrow(/platf/);
});
