import fc from 'fast-check';
import {
  KiipHttpError,
  KiipRefusedError,
  KiipResponseError,
  parseMomentResponse,
  parseSessionResponse,
  buildMoment,
} from 'kiip-s2s';
import { listSecrets } from '../../src/request/secrets.js';
import { findRefusal, maskReason } from '../../src/response/refusal.js';
import { APP, CONTEXT, REWARD_JSON, SECRETS } from '../support/context.js';

const secrets = listSecrets(buildMoment(APP, 'level_up', CONTEXT));

function refusalIn(act: () => unknown): KiipRefusedError {
  try {
    act();
  } catch (error) {
    if (error instanceof KiipRefusedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a refusal (PROTOCOL K17a)', () => {
  test.each<[unknown, string | null]>([
    [{ error: 'Invalid app key' }, 'Invalid app key'],
    [{ error: 'Invalid app key', date: '2015-01-28T01:32:24.697136' }, 'Invalid app key'],
    [{ error: { message: 'Invalid app key', code: 3 } }, 'Invalid app key'],
    [{ error: {} }, null],
    [{ error: { message: 5 } }, null],
    [{ error: { message: '' } }, null],
  ])('%j, from both calls', (body, reason) => {
    for (const parse of [parseMomentResponse, parseSessionResponse]) {
      const error = refusalIn(() => parse(JSON.stringify(body)));
      expect(error).toMatchObject({ code: 'refused', name: 'KiipRefusedError', status: null, reason, attempts: 0 });
      expect(error.toJSON()).toMatchObject({
        code: 'refused',
        reason,
        help: expect.stringMatching(/#refused$/) as string,
      });
    }
  });

  test.each([null, false, '', '  ', 0, 5, true, []])('error: %j is not one', (error) => {
    expect(parseMomentResponse({ error })).toMatchObject({ rewarded: false, reason: 'no_reward' });
    expect(parseSessionResponse({ error, date: '2015-01-28T01:32:24' }).dateText).toBe('2015-01-28T01:32:24');
    expect(findRefusal({ error })).toBeNull();
  });

  test('a reward that is there is handed out, whatever stands beside it', () => {
    const body = { ...(JSON.parse(REWARD_JSON) as object), error: 'low inventory' };
    expect(parseMomentResponse(body)).toMatchObject({ rewarded: true });
  });

  test('what is no object has none', () => {
    for (const value of [undefined, null, 'error', 5]) expect(findRefusal(value)).toBeNull();
  });
});

describe('the platform’s words', () => {
  test('every value of the request that they repeat is masked, in any case and spelling', () => {
    const text = `key ${SECRETS.appKey.toUpperCase()} device "${SECRETS.deviceId}" user ${SECRETS.userId} mail ${encodeURIComponent(SECRETS.email)} ip ${SECRETS.ip} at ${SECRETS.lat},${SECRETS.lng.toFixed(3)}`;
    const shown = maskReason(text, secrets);
    expect(shown).toBe('key *** device "***" user *** mail *** ip *** at ***,***');
  });

  test.each([
    ['a letter that is longer in lower case', 'İsmail-42', 'İSMAIL-42'],
    ['a capital at the end of a word', 'οδυσσεύς', 'ΟΔΥΣΣΕΎΣ'],
    ['a form', 'jörg müller', 'j%C3%B6rg+m%C3%BCller'],
    ['a URL with its signs left alone', 'jörg@example.de', 'j%c3%b6rg@example.de'],
    ['JSON in ASCII', 'jörg@example.de', 'J\\u00F6rg@example.de'],
    ['Python', 'jörg@example.de', 'J\\xF6rg@example.de'],
    ['HTML', 'a&b@x.com', 'a&amp;b@x.com'],
    ['a coordinate that is cut', 39.047, '39.04'],
  ])('a value is masked as %s writes it', (_who, value, written) => {
    expect(maskReason(`not found: ${written}!`, [value])).toBe('not found: ***!');
  });

  test('they are cut after masking, to 200 printable characters', () => {
    expect(maskReason(`${'x'.repeat(196)}${SECRETS.email}`, secrets)).toBe(`${'x'.repeat(196)}***`);
    expect(maskReason(`${'x'.repeat(199)}${SECRETS.email}`, secrets)).toBe(`${'x'.repeat(199)}*`);
    expect(maskReason('a\u0000b\r\n\tc\u200b\u202ed', [])).toBe('a b cd');
    expect(maskReason('😀'.repeat(150), [])).toBe('😀'.repeat(100));
    expect(maskReason(`x${'😀'.repeat(150)}`, [])).toBe(`x${'😀'.repeat(99)}`);
  });

  test('a value that invisible characters split is masked too', () => {
    const [first = '', ...rest] = SECRETS.deviceId;
    expect(maskReason(`${first}\u200b${rest.join('')}`, secrets)).toBe('***');
  });

  test('values of fewer than four characters stay', () => {
    expect(maskReason('age 30, id abc, id abcd', ['abc', 'abcd', 30])).toBe('age 30, id abc, id ***');
  });

  test('no text of any shape lets a value through', () => {
    const strings = secrets.filter((value) => typeof value === 'string');
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(...strings),
      fc.constantFrom('"', '\n', ' '),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const shown = maskReason(pieces.join(''), secrets);
        expect(shown.length).toBeLessThanOrEqual(200);
        for (const secret of strings) expect(shown.toLowerCase()).not.toContain(secret.toLowerCase());
      }),
      { numRuns: 2_000 },
    );
  });

  test('a megabyte is no work', () => {
    const startedAt = performance.now();
    expect(maskReason('a'.repeat(1_048_576), ['a'.repeat(100_000), 'b'.repeat(100_000)])).toBe('***');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

test('errors tell the media type alone', () => {
  const facts = { operation: 'moment', attempts: 1, status: 200 } as const;
  const read = (contentType: string | null) => new KiipResponseError('x', { ...facts, contentType }).contentType;
  expect(read('Text/HTML; charset=utf-8; user=somebody')).toBe('text/html');
  expect(read('application/problem+json')).toBe('application/problem+json');
  for (const odd of [null, '', 'somebody@example.org', 'text', `${'x'.repeat(200)}/y`]) expect(read(odd)).toBeNull();
});

test('an HTTP error has the reason it was given, or null', () => {
  const facts = { operation: 'moment', attempts: 1, status: 401, retryAfterMs: null } as const;
  expect(new KiipHttpError('x', facts).reason).toBeNull();
  expect(new KiipHttpError('x', { ...facts, reason: 'Invalid app key' })).toMatchObject({
    reason: 'Invalid app key',
    name: 'KiipHttpError',
  });
});

test.each(['""', 'false', '[]', '{"modal":{"body_url":5}}'])(
  'a refusal is one beside a view that cannot be read: %s',
  (view) => {
    expect(() => parseMomentResponse(`{"error":"Invalid app key","view":${view}}`)).toThrow(KiipRefusedError);
  },
);

test('a text of any length: what is shown never ends in a part of a value', () => {
  const secret = 'device-id-91fe22';
  for (let before = 9_980; before <= 10_000; before += 1) {
    const reason = maskReason(`${'\u200b'.repeat(before)}${secret}${'x'.repeat(100_000)}`, [secret]);
    expect(reason).not.toMatch(/dev/);
  }
  expect(maskReason(`${'a'.repeat(150)}${secret}${'b'.repeat(100_000)}`, [secret])).toBe(
    `${'a'.repeat(150)}***${'b'.repeat(47)}`,
  );
});
