import { inspect } from 'node:util';
import { EEA_COUNTRIES, GDPR_COUNTRIES, KiipClient, type KiipClientOptions, type Transport } from 'kiip-s2s';
import { startClock } from '../support/clock.js';
import { APP, CONTEXT, REWARD_JSON, SECRETS } from '../support/context.js';

function answering(status: number, body: string) {
  let requests = 0;
  const transport: Transport = {
    send: () => {
      requests += 1;
      return Promise.resolve({ status, headers: {}, body });
    },
  };
  return { transport, count: () => requests };
}

const clientOf = (status: number, body: string, options: Partial<KiipClientOptions> = {}) => {
  const { transport, count } = answering(status, body);
  return { client: new KiipClient({ ...APP, transport, ...options }), count };
};

describe('a refusal’s text that repeats what was sent (PROTOCOL K17a)', () => {
  const words = `Invalid app key ${SECRETS.appKey} for device ${SECRETS.deviceId.toUpperCase()} of ${SECRETS.email}`;

  test.each([
    [200, 'refused'],
    [401, 'http_status'],
    [500, 'http_status'],
  ])('under %d: none of it is in the error', async (status, code) => {
    const { client, count } = clientOf(status, JSON.stringify({ error: words }));
    for (const call of [client.moment('m', CONTEXT), client.startSession(CONTEXT)]) {
      const error = await call.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code, status, reason: 'Invalid app key *** for device *** of ***' });
      const text = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
      for (const secret of Object.values(SECRETS))
        expect(text.toLowerCase()).not.toContain(String(secret).toLowerCase());
    }
    expect(count()).toBe(2);
  });

  test('an error page has no reason', async () => {
    const { client } = clientOf(502, '<html>{"error":"x"}', { retry: false });
    await expect(client.moment('m', CONTEXT)).rejects.toMatchObject({ status: 502, reason: null });
  });
});

// Every code that ISO 3166-1 assigns.
const ISO =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'.split(
    ' ',
  );

test('blockedCountries [gdpr, BR] over all ISO codes: what is sent and what is not', async () => {
  const { client } = clientOf(200, '{}', { blockedCountries: ['gdpr', 'BR'], unknownCountry: 'block' });
  const blocked: string[] = [];
  for (const country of ISO) {
    const outcome = await client.moment('m', { ...CONTEXT, country: country.toLowerCase() });
    if (!outcome.rewarded && outcome.reason === 'blocked_country') blocked.push(country);
  }
  expect(ISO).toHaveLength(249);
  expect(blocked).toEqual([...GDPR_COUNTRIES, 'BR'].sort());
  process.stdout.write(`not sent (${blocked.length}): ${blocked.join(' ')}\n`);
  process.stdout.write(
    `sent (${ISO.length - blocked.length}): ${ISO.filter((code) => !blocked.includes(code)).join(' ')}\n`,
  );
});

test('a call without a country: as unknownCountry says; EL and UK are read', async () => {
  const block = clientOf(200, '{}', { blockedCountries: 'eea', unknownCountry: 'block' });
  for (const country of [undefined, '', 'EL']) {
    expect(await block.client.moment('m', { ...CONTEXT, country })).toMatchObject({ reason: 'blocked_country' });
    expect(await block.client.startSession({ ...CONTEXT, country })).toMatchObject({ skipped: 'blocked_country' });
  }
  expect(await block.client.moment('m', { ...CONTEXT, country: 'UK' })).toMatchObject({ reason: 'no_reward' });
  expect(block.count()).toBe(1);
  const send = clientOf(200, '{}', { blockedCountries: EEA_COUNTRIES, unknownCountry: 'send' });
  await send.client.moment('m', CONTEXT);
  expect(send.count()).toBe(1);
  expect(() => new KiipClient({ ...APP, blockedCountries: 'eea' })).toThrow(/unknownCountry is required/);
  expect(() => new KiipClient({ ...APP, blockedCountries: ['eu'], unknownCountry: 'send' })).toThrow(
    /blockedCountries\[0\]/,
  );
});

describe('a reward book', () => {
  test('notes every reward under each of its ids, with its player and value', async () => {
    const noted: unknown[] = [];
    const rewardBook = {
      note: (reward: unknown) => Promise.resolve(void noted.push(reward)),
      find: () => Promise.resolve(null),
    };
    const body = JSON.parse(REWARD_JSON) as { view: Record<string, unknown> };
    body.view['virtual'] = { virtual_value: 20 };
    const { client } = clientOf(200, JSON.stringify(body), { rewardBook });
    await client.moment('m', CONTEXT);
    await client.close();
    const id = '5473ca54-59a5-cf65-d319-c91697297fcc';
    expect(noted).toEqual([
      { ids: [`test_${id}`, id], userId: SECRETS.userId, value: 20, at: expect.any(Date) as Date },
    ]);
  });

  test.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['never answers', () => new Promise(() => {})],
  ])('that %s neither fails nor delays a moment', async (_name, note) => {
    const { client } = clientOf(200, REWARD_JSON, { rewardBook: { note, find: () => Promise.resolve(null) } });
    const elapsed = startClock();
    expect(await client.moment('m', CONTEXT)).toMatchObject({ rewarded: true });
    expect(elapsed()).toBeLessThan(1_000);
    await client.close();
  });
});
