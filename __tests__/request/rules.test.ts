import { runInNewContext } from 'node:vm';
import {
  buildMoment,
  buildSessionStart,
  KiipValidationError,
  type AppIdentity,
  type DeviceContext,
  type Platform,
} from 'kiip-s2s';
import { APP, CONTEXT } from '../support/context.js';

type Loose = Record<string, unknown>;

/** The context with one value replaced; `undefined` leaves the key out. */
function context(path: string, value: unknown): DeviceContext {
  const copy = structuredClone(CONTEXT) as unknown as Loose;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let block = copy;
  for (const key of keys) block = (block[key] ??= {}) as Loose;
  if (value === undefined) delete block[last];
  else block[last] = value;
  return copy as unknown as DeviceContext;
}

function issuesOf(act: () => unknown): readonly { path: string; message: string }[] {
  try {
    act();
  } catch (error) {
    if (error instanceof KiipValidationError) return error.issues;
    throw error;
  }
  return [];
}

const pathsOf = (act: () => unknown): string[] => issuesOf(act).map(({ path }) => path);
const moment = (over: DeviceContext, app: AppIdentity = APP) => buildMoment(app, 'level_up', over);

describe('what goes over the wire', () => {
  test.each<[string, unknown, string, unknown]>([
    ['device.locale', 'en-US', 'device.locale', 'en_US'],
    ['device.locale', 'zh-hant-tw', 'device.locale', 'zh_TW'],
    ['device.locale', 'de', 'device.locale', 'de'],
    ['device.locale', 'en-US-u-ca-buddhist', 'device.locale', 'en_US'],
    ['device.density', 3.5, 'device.density', '3.5'],
    ['device.density', '3.50', 'device.density', '3.50'],
    ['device.resolution', { width: 1080, height: 1776 }, 'device.resolution', '1080x1776'],
    ['device.userAgent', 'Mozilla/5.0', 'device.user_agent', 'Mozilla/5.0'],
    ['connection.ip', '::ffff:54.174.101.1', 'connection.ip', '54.174.101.1'],
    ['connection.ip', '2600:1f18::1', 'connection.ip', '2600:1f18::1'],
    ['closeButton', false, 'close_button', false],
    ['emailAddress', 'hello@kiip.me', 'email_address', 'hello@kiip.me'],
    ['user.userId', 'johndoe', 'user.userid', 'johndoe'],
    ['consent', { optedOut: true, state: 'CA' }, 'user_consent_info', { user_compliance: true, state: 'CA' }],
    ['consent', { optedOut: false }, 'user_consent_info', { user_compliance: false }],
    ['bundleId', 'me.kiip.SampleApp', 'bundle_id', 'me.kiip.SampleApp'],
  ])('%s %j', (path, value, wirePath, expected) => {
    expect(moment(context(path, value))).toHaveProperty(wirePath, expected);
  });

  test.each<[string, unknown, string]>([
    ['closeButton', true, 'close_button'],
    ['closeButton', undefined, 'close_button'],
    ['country', 'US', 'country'],
    ['emailAddress', '', 'email_address'],
    ['device.model', '', 'device.model'],
    ['device.resolution', '', 'device.resolution'],
    ['device.density', '', 'device.density'],
    ['connection.carrier', '', 'connection.carrier'],
    ['user', {}, 'user'],
    ['user', { userId: '' }, 'user'],
    ['consent', { optedOut: true, state: '' }, 'user_consent_info.state'],
    ['bundleId', '', 'bundle_id'],
    ['location', undefined, 'location'],
    ['location', { lat: 1, lng: 2, accuracy: 0 }, 'location.accuracy'],
    ['location', { lat: 1, lng: 2, accuracy: -1 }, 'location.accuracy'],
    ['emailAddress', '  ', 'email_address'],
    ['consent', { optedOut: true, state: ' ' }, 'user_consent_info.state'],
  ])('%s %j sends no %s', (path, value, wirePath) => {
    const payload = moment(context(path, value));
    expect(payload).not.toHaveProperty(wirePath);
    expect(JSON.stringify(payload)).not.toMatch(/null|""/);
  });

  test('a call overrides the bundle id of the app, and defaults are filled in', () => {
    const app = { ...APP, bundleId: 'of.the.app', dnsCompliance: false };
    expect(moment(context('bundleId', 'of.the.call'), app)).toMatchObject({
      bundle_id: 'of.the.call',
      sdk_version: '1.0',
      test: true,
    });
    expect(moment(CONTEXT, app)).toMatchObject({ bundle_id: 'of.the.app', app: { dns_compliance: false } });
    expect(moment(CONTEXT, { ...APP, sdkVersion: '2.3.0' })).toMatchObject({ sdk_version: '2.3.0' });
  });

  test('the time of a session event is now, or what is given', () => {
    const before = Date.now();
    const [event] = buildSessionStart(APP, CONTEXT).events;
    expect(Date.parse(event?.start ?? '')).toBeGreaterThanOrEqual(before);
    expect(buildSessionStart(APP, CONTEXT, { at: new Date(0) }).events).toEqual([
      { id: 'session_start', start: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  test('no events, no key', () => {
    expect(buildMoment(APP, 'level_up', CONTEXT, { events: [] })).not.toHaveProperty('events');
  });
});

describe('what is refused, and where', () => {
  test.each<[string, unknown]>([
    ['device.id', ''],
    ['device.id', '  '],
    ['device.id', 7],
    ['device.id', undefined],
    ['device.id', 'a\u0000b'],
    ['device.id', 'a\ud800b'],
    ['device.os', undefined],
    ['device.lang', ''],
    ['device.locale', 'english'],
    ['device.locale', '@calendar=gregorian'],
    ['device.locale', 'C.UTF-8'],
    ['device.locale', 'en_US,en;q=0.9'],
    ['device.locale', `en_${'x_'.repeat(200)}`],
    ['device.locale', ''],
    ['device.userAgent', 'a\r\nb'],
    ['device.resolution', '1080'],
    ['device.resolution', '1080 x 1776'],
    ['device.resolution', { width: 10 }],
    ['device.density', -1],
    ['device.density', Number.NaN],
    ['device.density', 0],
    ['connection.ip', '1.2.3'],
    ['connection.ip', '256.1.1.1'],
    ['connection.ip', '01.2.3.4'],
    ['connection.ip', '1.2.3.4.'],
    ['connection.ip', '1.2.3.4:80'],
    ['connection.ip', 'fe80::1%eth0'],
    ['connection.ip', ''],
    ['connection.ip', undefined],
    ['location.lat', 90.01],
    ['location.lat', Number.NaN],
    ['location.lat', '39'],
    ['location.lng', -180.5],
    ['location.lng', Number.POSITIVE_INFINITY],
    ['location.accuracy', Number.NaN],
    ['location.accuracy', Number.POSITIVE_INFINITY],
    ['location.accuracy', '10'],
    ['user.age', -1],
    ['user.age', 151],
    ['user.age', 30.5],
    ['user.gender', 'x'],
    ['user.userId', 42],
    ['consent.optedOut', 'yes'],
    ['consent.state', 'California'],
    ['consent.state', 'ZZ'],
    ['emailAddress', 'nobody'],
    ['emailAddress', '@example.org'],
    ['emailAddress', 'somebody@'],
    ['emailAddress', 'some body@example.org'],
    ['emailAddress', 'a\u0000@example.org'],
    ['closeButton', 0],
    ['country', 'USA'],
    ['device', 'phone'],
    ['device.user_agent', 'Mozilla'],
  ])('%s %j', (path, value) => {
    const base = path.startsWith('consent') ? context('consent', { optedOut: true }) : CONTEXT;
    const given = context(path, value) as unknown as Loose;
    if (path.startsWith('consent.'))
      given['consent'] = { ...(base as unknown as { consent: Loose }).consent, [path.slice(8)]: value };
    const paths = pathsOf(() => moment(given as unknown as DeviceContext));
    expect(new Set(paths)).toEqual(new Set([path]));
  });

  test('one number of a resolution', () => {
    expect(pathsOf(() => moment(context('device.resolution', { width: 0, height: 10 })))).toEqual([
      'device.resolution.width',
    ]);
  });

  test('all problems at once, of the app, the moment and the context', () => {
    const paths = pathsOf(() =>
      buildMoment(
        { appKey: '', appVersion: 1 } as unknown as AppIdentity,
        '',
        {
          device: { locale: 'en_US', os: '', osx: 1 },
          location: { lat: 100, lng: 0 },
          consent: {},
        } as unknown as DeviceContext,
        { events: [{ id: 'pause', start: 'now' }] as never },
      ),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        'appKey',
        'appVersion',
        'test',
        'momentId',
        'device.id',
        'device.os',
        'device.lang',
        'device.osx',
        'connection.ip',
        'location.lat',
        'consent.optedOut',
        'events[0].id',
        'events[0].start',
      ]),
    );
  });

  test.each([undefined, null, 'context', 5])('a context that is %j', (value) => {
    expect(pathsOf(() => moment(value as never))).toEqual(['context']);
  });

  test('an empty context names every required field', () => {
    expect(pathsOf(() => moment({} as never)).sort()).toEqual([
      'connection.ip',
      'device.id',
      'device.lang',
      'device.locale',
      'device.os',
    ]);
  });

  test.each([undefined, null, 'app'])('an app that is %j', (value) => {
    expect(pathsOf(() => buildSessionStart(value as never, CONTEXT))).toEqual(['app']);
  });

  test.each([new Date(Number.NaN), '2015-01-28', new Date(8.64e15)])('at %s', (at) => {
    expect(pathsOf(() => buildSessionStart(APP, CONTEXT, { at: at as Date }))).toEqual(['at']);
  });

  test.each([[[]], [new Map()]])('a context that is %j has no fields', (value) => {
    expect(pathsOf(() => moment(value as never)).length).toBeGreaterThan(0);
  });

  test('options that are null', () => {
    expect(pathsOf(() => buildMoment(APP, 'level_up', CONTEXT, null as never))).toEqual(['options']);
    expect(pathsOf(() => buildSessionStart(APP, CONTEXT, null as never))).toEqual(['options']);
  });

  test('what a database has no value for: null is told to be left out, no message is the schema library’s own', () => {
    const nulls = {
      user: { userId: null, age: null, gender: null },
      location: null,
      consent: null,
      closeButton: null,
      emailAddress: null,
    };
    const issues = issuesOf(() =>
      moment({
        ...CONTEXT,
        ...nulls,
        device: { ...CONTEXT.device, model: null, density: null, resolution: null },
      } as never),
    );
    expect(issues).toHaveLength(10);
    for (const { message } of issues)
      expect(message).toMatch(/^must be .*, not null: leave it out when you have no value$/);
    for (const [path, value] of [
      ['device', []],
      ['location', 5],
      ['device.resolution', '1080X1776'],
      ['device.density', '3\n'],
      ['user.gender', 5],
    ] as const)
      for (const { message } of issuesOf(() => moment(context(path, value)))) expect(message).not.toContain('Invalid');
  });

  test('what is sent is what was checked: a getter cannot give a second answer', () => {
    let asked = 0;
    const user = {
      get userId() {
        asked += 1;
        return asked === 1 ? 'johndoe' : 'a\u0000b';
      },
    };
    expect(moment({ ...CONTEXT, user })).toMatchObject({ user: { userid: 'johndoe' } });
  });

  test('a problem behind an accessor of a class is named', () => {
    class Player {
      get connection() {
        return CONTEXT.connection;
      }
      get user() {
        return { age: '30' };
      }
    }
    expect(pathsOf(() => moment(new Player() as never)).sort()).toEqual([
      'device.id',
      'device.lang',
      'device.locale',
      'device.os',
      'user.age',
    ]);
  });

  test('objects without a prototype, frozen ones and dates of another realm are fine', () => {
    const bare = Object.assign(Object.create(null) as DeviceContext, Object.freeze({ ...CONTEXT }));
    expect(moment(bare)).toEqual(moment(CONTEXT));
    const start = runInNewContext('new Date(0)') as Date;
    expect(start).not.toBeInstanceOf(Date);
    expect(buildMoment(APP, 'level_up', CONTEXT, { events: [{ id: 'session_end', start }] }).events).toEqual([
      { id: 'session_end', start: '1970-01-01T00:00:00.000Z' },
    ]);
  });

  test('an unknown key in the wire’s spelling is told its own; a key that is data is not repeated', () => {
    const [first] = issuesOf(() => moment(context('device.user_agent', 'x')));
    expect(first?.message).toContain('userAgent');
    const [second] = issuesOf(() => moment(context('user.userid', 'x')));
    expect(second?.message).toContain('userId');
    const [third] = issuesOf(() => moment({ ...CONTEXT, 'private.person@example.org': 1 } as never));
    expect(third?.path).toBe('(unknown key)');
    const [fourth] = issuesOf(() => moment({ ...CONTEXT, a05a2fd245170d452de01a6abc786922: 1 } as never));
    expect(fourth?.path).toBe('(unknown key)');
    const parsed = JSON.parse('{"__proto__":1,"constructor":1}') as object;
    for (const issue of issuesOf(() => moment(Object.assign(Object.create(null), CONTEXT, parsed) as never)))
      expect(issue.message).not.toMatch(/function|\[object/);
  });
});

test('a misspelt option of a call is refused, and told its name', () => {
  expect(issuesOf(() => buildSessionStart(APP, CONTEXT, { att: new Date() } as never))).toEqual([
    { path: 'att', message: 'is not a known field (did you mean at?)' },
  ]);
  expect(pathsOf(() => buildMoment(APP, 'level_up', CONTEXT, { timeoutMS: 5 } as never))).toEqual(['timeoutMS']);
});

describe('the kiip dialect (PROTOCOL K3)', () => {
  const kiip: AppIdentity<'kiip'> = { ...APP, platform: 'kiip' };
  const plain: DeviceContext<'kiip'> = {
    device: CONTEXT.device,
    connection: CONTEXT.connection,
    location: { lat: 1, lng: 2 },
  };

  test('accepts what both dialects know', () => {
    expect(buildMoment(kiip, 'level_up', plain)).toMatchObject({
      moment: { id: 'level_up' },
      location: { lat: 1, lng: 2 },
    });
  });

  test('refuses the four NinthDecimal-only fields at run time, and at compile time', () => {
    // @ts-expect-error dnsCompliance is NinthDecimal's
    const dns: AppIdentity<'kiip'> = { ...kiip, dnsCompliance: true };
    // @ts-expect-error accuracy is NinthDecimal's
    const accuracy: DeviceContext<'kiip'> = { ...plain, location: { lat: 1, lng: 2, accuracy: 10 } };
    // @ts-expect-error consent is NinthDecimal's
    const consent: DeviceContext<'kiip'> = { ...plain, consent: { optedOut: true } };
    // @ts-expect-error bundleId is NinthDecimal's
    const bundle: DeviceContext<'kiip'> = { ...plain, bundleId: 'x' };
    expect(pathsOf(() => buildMoment(dns, 'level_up', plain))).toEqual(['dnsCompliance']);
    expect(pathsOf(() => buildMoment(kiip, 'level_up', accuracy))).toEqual(['location.accuracy']);
    expect(pathsOf(() => buildMoment(kiip, 'level_up', consent))).toEqual(['consent']);
    expect(pathsOf(() => buildMoment(kiip, 'level_up', bundle))).toEqual(['bundleId']);
    expect(issuesOf(() => buildMoment(kiip, 'level_up', bundle))[0]?.message).toContain('ninthdecimal');
  });

  test('another platform is refused', () => {
    const other = { ...APP, platform: 'other' as Platform } as AppIdentity;
    expect(pathsOf(() => buildMoment(other, 'level_up', CONTEXT))).toEqual(['platform']);
  });
});
