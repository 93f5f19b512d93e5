import { runInNewContext } from 'node:vm';
import {
  KiipResponseError,
  parseBodyUrl,
  parseMomentResponse,
  parseSessionResponse,
  type MomentOutcome,
} from 'kiip-s2s';
import { REWARD_JSON } from '../support/context.js';

type Json = Record<string, unknown>;
const example = (): { date?: unknown; notification?: unknown; view: Json & { modal: Json } } =>
  JSON.parse(REWARD_JSON) as never;
const rewardOf = (body: unknown) => {
  const outcome = parseMomentResponse(body);
  if (!outcome.rewarded) throw new Error('no reward');
  return outcome.reward;
};

describe('session', () => {
  test('the documents’ answer, read as UTC', () => {
    const receipt = parseSessionResponse('{"date": "2015-01-28T01:32:24.697136"}');
    expect(receipt).toEqual({
      date: new Date('2015-01-28T01:32:24.697Z'),
      dateText: '2015-01-28T01:32:24.697136',
      raw: { date: '2015-01-28T01:32:24.697136' },
    });
  });

  test.each([
    ['2015-01-28T01:32:24', '2015-01-28T01:32:24.000Z'],
    ['2015-01-28 01:32:24.5', '2015-01-28T01:32:24.500Z'],
    ['2015-01-28T01:32:24Z', '2015-01-28T01:32:24.000Z'],
    ['2015-01-28T01:32:24.1+02:00', '2015-01-27T23:32:24.100Z'],
    ['2015-01-28T01:32:24-0530', '2015-01-28T07:02:24.000Z'],
    ['2015-01-28', '2015-01-28T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseSessionResponse({ date: text }).date?.toISOString()).toBe(expected);
  });

  test.each(['soon', '2015-13-45T00:00:00', '', 5, null, {}])('a date that is %j loses nothing else', (date) => {
    const receipt = parseSessionResponse({ date, extra: 1 });
    expect(receipt.date).toBeNull();
    expect(receipt.raw).toEqual({ date, extra: 1 });
  });

  test.each(['', '  ', 'null', '{}', undefined, null, new Uint8Array()])(
    'an empty answer (%j) is a receipt without a date',
    (body) => {
      expect(parseSessionResponse(body)).toMatchObject({ date: null, dateText: null });
    },
  );
});

describe('a reward', () => {
  test('the documents’ answer, whole', () => {
    expect(parseMomentResponse(REWARD_JSON)).toEqual({
      rewarded: true,
      date: new Date('2016-07-07T18:47:06.353Z'),
      raw: JSON.parse(REWARD_JSON) as unknown,
      reward: {
        id: 'test_5473ca54-59a5-cf65-d319-c91697297fcc',
        isTest: true,
        notification: {
          rewardName: 'Test Reward - Virtual Click',
          rewardImageUrl:
            'https://d3aq14vri881or.cloudfront.net/5473ca60-2891-a32d-d30d-cd6f3d4dcc67_KiipRewardTemplate.png',
        },
        modal: { title: 'Loading your NinthDecimal Reward:', message: 'Test Reward - Virtual Click', timeout: 10 },
        bodyUrl: {
          href: 'https://api.kiip.me/reward/577ea3aa-b723-ae81-660c-79fae3443e12/5473ca54-59a5-cf65-d319-c91697297fcc?application_id=565a559f-a0ef-3384-66bc-669e61d12c93&locale=en_US&moment_id=575130b8-2637-d8f4-e587-cce64f693f4a&sdk_version=1.0&r=153891&mode=standalone&preview=true&sdk=none',
          rewardId: '5473ca54-59a5-cf65-d319-c91697297fcc',
          unitId: '577ea3aa-b723-ae81-660c-79fae3443e12',
          preview: true,
          applicationId: '565a559f-a0ef-3384-66bc-669e61d12c93',
          momentId: '575130b8-2637-d8f4-e587-cce64f693f4a',
          locale: 'en_US',
          sdkVersion: '1.0',
          mode: 'standalone',
          params: {
            application_id: '565a559f-a0ef-3384-66bc-669e61d12c93',
            locale: 'en_US',
            moment_id: '575130b8-2637-d8f4-e587-cce64f693f4a',
            sdk_version: '1.0',
            r: '153891',
            mode: 'standalone',
            preview: 'true',
            sdk: 'none',
          },
        },
        emailBounced: false,
        usedDate: null,
        virtual: null,
      },
    } satisfies MomentOutcome);
  });

  test('text, bytes, a byte order mark and the parsed value read the same', () => {
    const expected = parseMomentResponse(JSON.parse(REWARD_JSON));
    expect(parseMomentResponse(REWARD_JSON)).toEqual(expected);
    expect(parseMomentResponse(new TextEncoder().encode(REWARD_JSON))).toEqual(expected);
    expect(parseMomentResponse(`\ufeff${REWARD_JSON}`)).toEqual(expected);
  });

  test.each([undefined, null, '', 5, {}, []])('an id that is %j falls back to the body URL’s', (id) => {
    const body = example();
    body.view['id'] = id;
    expect(rewardOf(body).id).toBe('5473ca54-59a5-cf65-d319-c91697297fcc');
    expect(rewardOf(body).isTest).toBe(true);
  });

  test.each<[string, unknown, Json]>([
    ['email_bounced', 'no', { emailBounced: null }],
    ['used_date', 17, { usedDate: null }],
    ['used_date', '2016-07-08T00:00:01.5', { usedDate: new Date('2016-07-08T00:00:01.500Z') }],
    ['virtual', { virtual_value: 20, x: 1 }, { virtual: { value: 20, raw: { virtual_value: 20, x: 1 } } }],
    ['virtual', { virtual_value: '20' }, { virtual: { value: 20, raw: { virtual_value: '20' } } }],
    ['virtual', { virtual_value: 'many' }, { virtual: { value: null, raw: { virtual_value: 'many' } } }],
    ['virtual', {}, { virtual: { value: null, raw: {} } }],
    ['virtual', 'none', { virtual: null }],
    ['unknown', { deep: [1] }, {}],
  ])('view.%s %j', (key, value, expected) => {
    const body = example();
    body.view[key] = value;
    expect(rewardOf(body)).toMatchObject(expected);
    expect(parseMomentResponse(body).raw).toEqual(body);
  });

  test.each<[string, unknown, Json]>([
    ['title', 5, { title: null }],
    ['title', '', { title: null }],
    ['message', null, { message: null }],
    ['timeout', 'ten', { timeout: null }],
  ])('view.modal.%s %j', (key, value, expected) => {
    const body = example();
    body.view.modal[key] = value;
    expect(rewardOf(body).modal).toMatchObject(expected);
  });

  test.each([undefined, null, 'x', 5, {}, { reward_name: '' }, { reward_name: 5 }])(
    'a notification of %j counts as absent',
    (notification) => {
      expect(rewardOf({ ...example(), notification }).notification).toBeNull();
    },
  );

  test.each(['javascript:alert(1)', 'data:image/png;base64,AA', 'http://example.org/a.png', 5, null, undefined, '//x'])(
    'the image %j is not shown, its name is',
    (reward_image_url) => {
      const body = { ...example(), notification: { reward_name: 'Coins', reward_image_url } };
      expect(rewardOf(body).notification).toEqual({ rewardName: 'Coins', rewardImageUrl: null });
    },
  );
});

describe('no reward (PROTOCOL K18)', () => {
  test.each([
    undefined,
    null,
    '',
    '\n',
    'null',
    '{}',
    '{"date":"2015-01-28T01:32:24.697136"}',
    { view: null, notification: null },
    { view: {} },
    { view: { modal: null } },
    { view: { modal: {} } },
    { view: { modal: { body_url: null } } },
    { view: { modal: { body_url: '' } } },
    { notification: { reward_name: 'x', reward_image_url: 'https://x.org/' } },
  ])('%j', (body) => {
    expect(parseMomentResponse(body)).toMatchObject({ rewarded: false, reason: 'no_reward' });
  });

  test('the date is kept', () => {
    expect(parseMomentResponse('{"date":"2015-01-28T01:32:24.697136"}').date).toEqual(
      new Date('2015-01-28T01:32:24.697Z'),
    );
  });
});

describe('what cannot be read, or must not be shown', () => {
  test.each(['<html>', '{"view":', 'true', '5', '"text"', '[]', [1], 5, true])('%j', (body) => {
    expect(() => parseMomentResponse(body)).toThrow(KiipResponseError);
    expect(() => parseSessionResponse(body)).toThrow(KiipResponseError);
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://api.kiip.me/reward/1/2',
    'ftp://x/',
    'kiip://did_dismiss',
    'reward/1',
    '//api.kiip.me/r',
    5,
    {},
    [],
  ])('body_url %j', (bodyUrl) => {
    const body = example();
    body.view.modal['body_url'] = bodyUrl;
    expect(() => parseMomentResponse(body)).toThrow(KiipResponseError);
  });

  test.each([{ view: 'x' }, { view: [] }, { view: { modal: 'x' } }])('%j', (body) => {
    expect(() => parseMomentResponse(body)).toThrow(KiipResponseError);
  });

  test('bytes of any kind are read, and what is neither text, bytes nor JSON is never taken for "no reward"', () => {
    const bytes = new TextEncoder().encode(REWARD_JSON);
    for (const body of [
      bytes,
      bytes.buffer,
      new DataView(bytes.buffer),
      Buffer.from(bytes),
      runInNewContext('x => x.slice()')(bytes),
    ])
      expect(parseMomentResponse(body)).toMatchObject({ rewarded: true });
    for (const body of [Promise.resolve(REWARD_JSON), new Response(REWARD_JSON), new Map(), new Date()])
      expect(() => parseMomentResponse(body)).toThrow(/await response\.text\(\)/);
  });

  test('the body never is part of the error', () => {
    const secret = 'very-private';
    try {
      parseMomentResponse(`<html>${secret}`);
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain(secret);
      expect(error).toMatchObject({ code: 'invalid_response', status: null, contentType: null });
    }
    expect.assertions(2);
  });
});

describe('body_url', () => {
  test('the documents’ preview', () => {
    const url = parseBodyUrl(
      'https://api.kiip.me/reward/preview/509821a1-48cf-59b6-38cd-d7cb63e20cbb?locale=&sdk_version=2.0.9&r=394542&application_id=545ab108-1cc7-86ca-0031-2b8b91b9141f&moment_id=5463e141-93ad-6f92-42e3-25a55294b9ac',
    );
    expect(url).toMatchObject({
      rewardId: '509821a1-48cf-59b6-38cd-d7cb63e20cbb',
      unitId: null,
      preview: true,
      locale: null,
      sdkVersion: '2.0.9',
      applicationId: '545ab108-1cc7-86ca-0031-2b8b91b9141f',
      momentId: '5463e141-93ad-6f92-42e3-25a55294b9ac',
      mode: null,
      params: { locale: '', r: '394542' },
    });
  });

  test.each([
    'http://127.0.0.1:8080/reward/u/r',
    'http://localhost/reward/u/r',
    'http://[::1]:1/reward/u/r',
    new URL('https://x.org/reward/u/r/'),
  ])('%s is displayable', (url) => {
    expect(parseBodyUrl(url)).toMatchObject({ unitId: 'u', rewardId: 'r', preview: false });
  });

  test('the first of a repeated parameter, odd paths and odd escapes', () => {
    expect(parseBodyUrl('https://x.org/reward/a%2Fb/%E0%A4%A?mode=1&mode=2&__proto__=x')).toMatchObject({
      unitId: 'a/b',
      rewardId: '%E0%A4%A',
      mode: '1',
    });
    expect(parseBodyUrl('https://x.org/elsewhere')).toMatchObject({ unitId: null, rewardId: null, preview: false });
  });
});

test('the raw virtual block keeps the fields that nobody here knows', () => {
  const virtual = { virtual_value: '20', virtual_uuid: 'coins', nested: { a: [1] } };
  const outcome = parseMomentResponse({ view: { modal: { body_url: 'https://api.kiip.me/reward/u/r' }, virtual } });
  expect(outcome).toMatchObject({ rewarded: true, reward: { virtual: { value: 20, raw: virtual } } });
});
