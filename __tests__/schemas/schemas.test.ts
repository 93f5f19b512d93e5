import { z } from 'zod';
import { buildMoment, buildSessionStart } from 'kiip-s2s';
import * as schemas from 'kiip-s2s/schemas';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';

const redemption = {
  transaction_id: 't',
  content: 'c',
  name: 'Coins',
  quantity: 20,
  user_id: 'u',
  signature: 'f'.repeat(40),
};

test('payloads', () => {
  expect(schemas.sessionPayloadSchema.safeParse(buildSessionStart(APP, CONTEXT)).success).toBe(true);
  expect(schemas.momentPayloadSchema.safeParse(buildMoment(APP, 'm', CONTEXT)).success).toBe(true);
  expect(schemas.momentPayloadSchema.safeParse(buildSessionStart(APP, CONTEXT)).success).toBe(false);
  expect(schemas.sessionPayloadSchema.safeParse({ ...buildSessionStart(APP, CONTEXT), user_id: 'x' }).success).toBe(
    false,
  );
});

test('what the documents print: an empty close_button, a moment without events', () => {
  const moment = { ...buildMoment(APP, 'm', CONTEXT), close_button: '' };
  expect(schemas.momentPayloadSchema.safeParse(moment).success).toBe(true);
});

test('responses', () => {
  expect(schemas.momentResponseSchema.parse(JSON.parse(REWARD_JSON))).toMatchObject({
    view: { modal: { timeout: 10 } },
  });
  expect(schemas.sessionResponseSchema.safeParse({ date: '2015-01-28T01:32:24.697136', more: 1 }).success).toBe(true);
});

test('callbacks', () => {
  expect(schemas.redemptionCallbackSchema.safeParse(redemption).success).toBe(true);
  expect(schemas.redemptionCallbackSchema.safeParse({ ...redemption, user_id: ['u'] }).success).toBe(false);
  expect(schemas.issuanceCallbackSchema.safeParse(redemption).success).toBe(false);
  expect(schemas.issuanceCallbackSchema.safeParse({ ...redemption, nonce: 'n', origin: 'survey' }).success).toBe(true);
});

test('they compose with zod’s own', () => {
  const log = z.object({ at: z.date(), payload: schemas.momentPayloadSchema });
  expect(log.safeParse({ at: new Date(), payload: buildMoment(APP, 'm', CONTEXT) }).success).toBe(true);
  expect(log.safeParse({ at: new Date(), payload: {} }).success).toBe(false);
});
