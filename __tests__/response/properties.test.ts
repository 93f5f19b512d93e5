import fc from 'fast-check';
import { KiipResponseError, parseBodyUrl, parseMomentResponse, parseSessionResponse } from 'kiip-s2s';
import { REWARD_JSON } from '../support/context.js';

test('any value is an outcome or a KiipResponseError', () => {
  const json = fc.oneof(
    fc.json(),
    fc.string(),
    fc.uint8Array(),
    fc.anything(),
    fc.record({ date: fc.anything(), notification: fc.anything(), view: fc.record({ modal: fc.anything() }) }),
  );
  fc.assert(
    fc.property(json, (body) => {
      for (const parse of [parseMomentResponse, parseSessionResponse]) {
        try {
          expect(parse(body).date === null || parse(body).date instanceof Date).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(KiipResponseError);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test('nothing around view.modal.body_url loses the reward', () => {
  const anything = fc.anything();
  fc.assert(
    fc.property(
      anything,
      anything,
      anything,
      anything,
      anything,
      anything,
      (date, notification, id, title, usedDate, virtual) => {
        const body = JSON.parse(REWARD_JSON) as { view: Record<string, unknown> & { modal: Record<string, unknown> } };
        Object.assign(body, { date, notification });
        Object.assign(body.view, { id, used_date: usedDate, virtual, email_bounced: id });
        Object.assign(body.view.modal, { title, message: title, timeout: title });
        const outcome = parseMomentResponse(body);
        expect(outcome.rewarded && outcome.reward.bodyUrl.unitId).toBe('577ea3aa-b723-ae81-660c-79fae3443e12');
      },
    ),
    { numRuns: 1_000 },
  );
});

test('only https, or http to this machine, is ever displayable', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl({ validSchemes: ['http', 'https', 'ftp'] }),
        fc.string(),
        fc.constantFrom('javascript:1', 'kiip://did_dismiss'),
      ),
      (url) => {
        try {
          expect(parseBodyUrl(url).href).toMatch(/^https:|^http:\/\/(?:localhost|127\.|\[::1\])/);
        } catch (error) {
          expect(error).toBeInstanceOf(KiipResponseError);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('dates read the same in every time zone', () => {
  const zone = process.env['TZ'];
  for (const TZ of ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham']) {
    process.env['TZ'] = TZ;
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 999 }),
        (date, micros) => {
          const text = `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}`;
          expect(parseSessionResponse({ date: text }).date).toEqual(date);
        },
      ),
    );
  }
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});
