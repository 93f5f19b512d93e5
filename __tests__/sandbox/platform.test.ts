import { askMoment, base, closeAll, moment, MOMENT_PATH, post, sandboxWith, send, session } from './support.js';

afterEach(closeAll);

const WIRE_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

describe('sessions', () => {
  test.each(['/2.0/server/moment/', '/2.0/server/moment', '/2.0/server/session/', '/2.0/server/session'])(
    '%s takes both',
    async (path) => {
      const sandbox = await sandboxWith();
      const before = Date.now();
      const reply = await post(sandbox.url + path, session());
      expect(reply).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
      const answer = JSON.parse(reply.text) as { date: string };
      expect(answer).toEqual({ date: expect.stringMatching(WIRE_DATE) });
      expect(Math.abs(Date.parse(`${answer.date}Z`) - before)).toBeLessThan(10_000);
      expect(JSON.parse((await post(sandbox.url + path, moment())).text)).toHaveProperty('view.modal.body_url');
      expect(sandbox.requests.map(({ kind, verdict }) => [kind, verdict])).toEqual([
        ['session', 'session: session_start'],
        ['moment', 'moment: reward'],
      ]);
    },
  );
});

describe('moments', () => {
  test('a test reward has the shape of the documents', async () => {
    const sandbox = await sandboxWith();
    const reply = await post(sandbox.url + MOMENT_PATH, moment({ user: undefined }));
    const answer = JSON.parse(reply.text) as Record<string, unknown>;
    expect(answer).toEqual({
      date: expect.stringMatching(WIRE_DATE),
      notification: {
        reward_name: 'Test Reward - Virtual Click',
        reward_image_url: `${sandbox.url}/assets/reward.svg`,
      },
      view: {
        email_bounced: false,
        id: expect.stringMatching(new RegExp(`^test_${UUID}$`)),
        modal: {
          message: 'Test Reward - Virtual Click',
          timeout: 10,
          body_url: expect.stringMatching(
            new RegExp(
              `^${sandbox.url}/reward/${UUID}/${UUID}\\?application_id=${UUID}&locale=en_US&moment_id=CgkIraKVsdIBEAIQEA&sdk_version=1\\.0&r=\\d{6}&mode=standalone&preview=true&sdk=none$`,
            ),
          ),
          title: 'Loading your Sandbox Reward:',
        },
        used_date: null,
      },
    });
  });

  test('a live reward has neither the prefix nor the preview parameters, and a known player gets currency', async () => {
    const sandbox = await sandboxWith();
    const { view } = await askMoment(sandbox, { test: false });
    expect(view?.id).toMatch(new RegExp(`^${UUID}$`));
    expect(view?.modal.body_url).toContain(`/${view?.id}?`);
    expect(view?.modal.body_url).not.toMatch(/preview|sdk=none/);
    expect(view?.virtual).toEqual({ virtual_value: 20 });
    expect(sandbox.rewards).toEqual([
      expect.objectContaining({ id: view?.id, isTest: false, userId: 'johndoe', usedDate: null }),
    ]);
  });

  test('body_url and picture can be fetched', async () => {
    const sandbox = await sandboxWith();
    const answer = await askMoment(sandbox);
    const page = await send(answer.view?.modal.body_url ?? '');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(page.text).toContain('<h1>Test Reward - 20 Coins</h1>');
    const picture = await send(answer.notification?.reward_image_url ?? '');
    expect(picture).toMatchObject({ status: 200, headers: { 'content-type': 'image/svg+xml' } });
    expect((await send(`${sandbox.url}/reward/a/b`)).status).toBe(404);
  });

  test.each([
    [undefined, true],
    [false, false],
    [0, false],
    ['0', false],
    ['false', false],
    ['', true],
  ])('close_button %p: the page has a close link: %p', async (closeButton, isShown) => {
    const sandbox = await sandboxWith();
    const { view } = await askMoment(sandbox, closeButton === undefined ? {} : { close_button: closeButton });
    const page = await send(view?.modal.body_url ?? '');
    expect(page.text.includes('kiip://did_dismiss?close=true')).toBe(isShown);
  });

  test('what a payload brings is escaped in its addresses', async () => {
    const sandbox = await sandboxWith();
    const { view } = await askMoment(sandbox, { moment: { id: 'a&b=c/?#é' } });
    expect(new URL(view?.modal.body_url ?? '').searchParams.get('moment_id')).toBe('a&b=c/?#é');
  });

  test('the older dialect is accepted', async () => {
    const sandbox = await sandboxWith();
    const changes = { app: { app_key: 'k', version: '1' }, location: { lat: 39, lng: -77 }, bundle_id: undefined };
    expect((await post(sandbox.url + MOMENT_PATH, moment(changes))).status).toBe(200);
  });
});

describe('who gets a reward', () => {
  const outcomes = async (options: { fillRate?: number; seed?: number }, count: number): Promise<boolean[]> => {
    const sandbox = await sandboxWith(options);
    const found: boolean[] = [];
    for (let n = 0; n < count; n += 1) found.push((await askMoment(sandbox, { test: false })).view !== undefined);
    return found;
  };

  test('live moments follow the fill rate, and a seed repeats itself', async () => {
    const first = await outcomes({ fillRate: 0.3, seed: 7 }, 200);
    expect(await outcomes({ fillRate: 0.3, seed: 7 }, 200)).toEqual(first);
    expect(await outcomes({ fillRate: 0.3, seed: 8 }, 200)).not.toEqual(first);
    const share = first.filter(Boolean).length / first.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
  });

  test('rate 0 never fills a live moment, rate 1 always; test moments always get a reward', async () => {
    expect(await outcomes({ fillRate: 0 }, 20)).toEqual(Array(20).fill(false));
    expect(await outcomes({}, 20)).toEqual(Array(20).fill(true));
    const sandbox = await sandboxWith({ fillRate: 0 });
    expect(await askMoment(sandbox)).toHaveProperty('view');
    expect(await askMoment(sandbox, { test: false })).toEqual({ date: expect.stringMatching(WIRE_DATE) });
    expect(sandbox.requests.at(-1)?.verdict).toBe('moment: no reward (fill rate)');
  });

  // prettier-ignore
  const INSIDE: [string, number, number][] = [
    ['Vienna', 48.21, 16.37], ['Brussels', 50.85, 4.35], ['Sofia', 42.7, 23.32], ['Zagreb', 45.81, 15.98], ['Nicosia', 35.17, 33.36], ['Prague', 50.08, 14.43],
    ['Copenhagen', 55.68, 12.57], ['Tallinn', 59.44, 24.75], ['Helsinki', 60.17, 24.94], ['Paris', 48.86, 2.35], ['Berlin', 52.52, 13.4], ['Athens', 37.98, 23.73],
    ['Budapest', 47.5, 19.04], ['Reykjavik', 64.15, -21.94], ['Dublin', 53.35, -6.26], ['Rome', 41.9, 12.5], ['Riga', 56.95, 24.1], ['Vaduz', 47.14, 9.52],
    ['Vilnius', 54.69, 25.28], ['Luxembourg', 49.61, 6.13], ['Valletta', 35.9, 14.51], ['Amsterdam', 52.37, 4.9], ['Oslo', 59.91, 10.75], ['Warsaw', 52.23, 21.01],
    ['Lisbon', 38.72, -9.14], ['Bucharest', 44.43, 26.1], ['Bratislava', 48.15, 17.11], ['Ljubljana', 46.06, 14.51], ['Madrid', 40.42, -3.7], ['Stockholm', 59.33, 18.07],
    ['Milan', 45.46, 9.19], ['Munich', 48.14, 11.58], ['Marseille', 43.3, 5.37], ['Lille', 50.63, 3.06], ['Strasbourg', 48.58, 7.75], ['Barcelona', 41.39, 2.17],
    ['Tromsø', 69.65, 18.96], ['Thessaloniki', 40.64, 22.94], ['Split', 43.51, 16.44], ['Las Palmas', 28.12, -15.43], ['Kraków', 50.06, 19.94], ['Cork', 51.9, -8.47],
    ['Heraklion', 35.34, 25.13], ['Constanța', 44.17, 28.63], ['Dubrovnik', 42.65, 18.09], ['Innsbruck', 47.27, 11.4], ['Calais', 50.95, 1.86], ['Galway', 53.27, -9.05],
  ];
  // prettier-ignore
  const OUTSIDE: [string, number, number][] = [
    ['New York', 40.71, -74.0], ['Ashburn, as in the documents', 39.04, -77.49], ['Los Angeles', 34.05, -118.24], ['London', 51.51, -0.13], ['Belfast', 54.6, -5.93],
    ['Plymouth', 50.38, -4.14], ['Edinburgh', 55.95, -3.19], ['Cardiff', 51.48, -3.18], ['Zurich', 47.38, 8.54], ['Geneva', 46.2, 6.14], ['Bern', 46.95, 7.45],
    ['Belgrade', 44.79, 20.45], ['Sarajevo', 43.86, 18.41], ['Skopje', 42.0, 21.43], ['Tirana', 41.33, 19.82], ['Podgorica', 42.44, 19.26], ['Istanbul', 41.01, 28.98],
    ['Ankara', 39.93, 32.86], ['Izmir', 38.42, 27.14], ['Kyiv', 50.45, 30.52], ['Minsk', 53.9, 27.57], ['Moscow', 55.76, 37.62], ['Kaliningrad', 54.71, 20.51],
    ['Chișinău', 47.01, 28.86], ['Tunis', 36.81, 10.18], ['Algiers', 36.75, 3.06], ['Tangier', 35.77, -5.8], ['Beirut', 33.89, 35.5], ['Cairo', 30.04, 31.24],
    ['Tokyo', 35.68, 139.69], ['Sydney', -33.87, 151.21], ['São Paulo', -23.55, -46.63], ['Nuuk', 64.18, -51.74], ['Saint Petersburg', 59.94, 30.31],
  ];

  test('live moments in the EEA get none, live moments elsewhere and test moments do', async () => {
    const sandbox = await sandboxWith();
    const isRewarded = async (lat: number, lng: number, test: boolean): Promise<boolean> =>
      (await askMoment(sandbox, { test, location: { lat, lng } })).view !== undefined;
    const wrong: string[] = [];
    for (const [name, lat, lng] of INSIDE) if (await isRewarded(lat, lng, false)) wrong.push(name);
    for (const [name, lat, lng] of OUTSIDE) if (!(await isRewarded(lat, lng, false))) wrong.push(name);
    expect(wrong).toEqual([]);
    expect(sandbox.requests[0]?.verdict).toBe('moment: no reward (the location is in the EEA)');
    expect(await isRewarded(48.86, 2.35, true)).toBe(true);
    expect(sandbox.requests.at(-1)?.verdict).toMatch(/^moment: reward \(.*EEA\)$/);
  });
});

describe('rejections', () => {
  test.each<[string, unknown, string]>([
    ['a block is missing', moment({ device: undefined }), 'device is required'],
    ['a field is missing', moment({ connection: {} }), 'connection.ip is required'],
    ['a wrong type', moment({ test: 'true' }), 'test must be of type boolean'],
    [
      'an unknown field',
      moment({ device: { ...(base()['device'] as object), imei: '1' } }),
      'device.imei is not a documented field',
    ],
    ['a latitude out of range', moment({ location: { lat: 91, lng: 0 } }), 'location.lat must be at most 90'],
    ['a wrong gender', moment({ user: { gender: 'x' } }), 'user.gender must be one of "m", "f"'],
    [
      'an event date without milliseconds',
      session({ events: [{ id: 'session_end', start: '2015-01-28T01:32:22Z' }] }),
      'events[0].start must be',
    ],
    ['an age out of range', moment({ user: { age: 151 } }), 'user.age must be at most 150'],
    ['a negative age', moment({ user: { age: -1 } }), 'user.age must be at least 0'],
    [
      'a close button of another kind',
      moment({ close_button: 'no' }),
      'close_button has a value that is not among those documented',
    ],
    ['a control character', moment({ moment: { id: 'a\u0000' } }), 'moment.id must not contain control characters'],
    ['an empty string', moment({ sdk_version: '' }), 'sdk_version must not be empty'],
    ['a malformed e-mail address', moment({ email_address: 'x' }), 'email_address must be an e-mail address'],
    ['neither moment nor events', base(), 'events is required'],
    ['not an object', [], 'the body must be of type object'],
    ['not JSON', '{"app":', 'the body must be JSON'],
  ])('%s: 400, with the reason in answer and record', async (_, body, reason) => {
    const sandbox = await sandboxWith();
    const reply = await post(sandbox.url + MOMENT_PATH, body);
    expect(reply).toMatchObject({ status: 400, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(reply.text)).toEqual({ error: expect.any(String) as unknown });
    expect(reply.text).toContain(JSON.stringify(reason).slice(1, -1));
    expect(sandbox.requests).toHaveLength(1);
    expect(sandbox.requests[0]).toMatchObject({
      method: 'POST',
      path: MOMENT_PATH,
      status: 400,
      body: typeof body === 'string' ? body : (JSON.parse(JSON.stringify(body)) as unknown),
    });
    expect(sandbox.requests[0]?.verdict).toMatch(/^rejected: /);
    expect(sandbox.requests[0]?.verdict).toContain(reason);
  });

  test('another content type is refused: a page of another site can send no JSON without asking first', async () => {
    const sandbox = await sandboxWith();
    const reply = await post(sandbox.url + MOMENT_PATH, moment(), { 'content-type': 'text/plain' });
    expect(reply.status).toBe(400);
    expect(sandbox.requests[0]?.verdict).toContain('content-type: application/json');
    expect(
      (await post(sandbox.url + MOMENT_PATH, moment(), { 'content-type': 'Application/JSON; charset=utf-8' })).status,
    ).toBe(200);
  });

  test('another app key is refused only when one was asked for', async () => {
    const open = await sandboxWith();
    expect(open.appKey).not.toBe('');
    expect((await post(open.url + MOMENT_PATH, moment())).status).toBe(200);
    const strict = await sandboxWith({ appKey: 'the-key' });
    const refused = await post(strict.url + MOMENT_PATH, moment());
    expect(refused.status).toBe(401);
    expect(strict.requests[0]?.verdict).toMatch(/^rejected: app\.app_key/);
    expect((await post(strict.url + MOMENT_PATH, moment({ app: { app_key: 'the-key', version: '1' } }))).status).toBe(
      200,
    );
  });

  test('other methods, other paths, bodies over 1 MiB', async () => {
    const sandbox = await sandboxWith();
    expect(await send(sandbox.url + MOMENT_PATH)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect((await send(`${sandbox.url}/2.0/server/other`)).status).toBe(404);
    expect((await post(sandbox.url + MOMENT_PATH, moment({ bundle_id: 'x'.repeat(1_100_000) }))).status).toBe(413);
    expect(sandbox.requests.map(({ kind, status }) => [kind, status])).toEqual([
      ['unknown', 405],
      ['unknown', 404],
      ['unknown', 413],
    ]);
  });
});

test('a request is recorded with its headers, body, query and time', async () => {
  const sandbox = await sandboxWith();
  await post(`${sandbox.url}${MOMENT_PATH}?a=b`, moment(), { 'x-trace': 'yes' });
  const [record] = sandbox.requests;
  expect(record).toMatchObject({
    id: 1,
    method: 'POST',
    path: MOMENT_PATH,
    query: '?a=b',
    body: moment(),
    status: 200,
  });
  expect(record?.headers).toMatchObject({ 'content-type': 'application/json', 'x-trace': 'yes' });
  expect(record?.at).toBeInstanceOf(Date);
  expect(JSON.parse(record?.answer ?? '')).toHaveProperty('view.id');
  expect(sandbox.requests).toBe(sandbox.requests);
});
