import { checkCallOptions } from '../../check/check-options.js';
import { signal } from '../../check/rules.js';
import * as z from '../../zod.js';
import type { IssueOptions, RedeemOptions } from '../sandbox.js';

/** A number as JSON writes it. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d{0,99})(?:\.\d{1,100})?(?:[eE][+-]?\d{1,3})?$/;

const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && JSON_NUMBER.test(value);

const string = () => z.optional(z.string('must be text'));
const common = {
  format: z.optional(z.enum(['json', 'form'], "must be 'json' or 'form'")),
  signal: signal(),
  quantity: z.optional(z.custom(isQuantity, "must be a number, or its text such as '20.0'")),
  content: string(),
};
const redeemSchema = z.strictObject({
  ...common,
  name: string(),
  redemptionFormula: z.optional(z.enum(['documented', 'legacy'], "must be 'documented' or 'legacy'")),
});
const issueSchema = z.strictObject({ ...common, origin: string(), nonce: string() });
const replaySchema = z.strictObject({ signal: signal() });
const deliverySchema = z.looseObject({
  type: z.enum(['redemption', 'issuance'], "must be 'redemption' or 'issuance'"),
  contentType: z.string('must be text'),
  body: z.string('must be text'),
});

/** @throws KiipValidationError with every problem, as the next three do. */
export const checkRedeemOptions = (options: RedeemOptions): void => checkCallOptions(redeemSchema, options);
export const checkIssueOptions = (options: IssueOptions): void => checkCallOptions(issueSchema, options);
export const checkReplayOptions = (options: object): void => checkCallOptions(replaySchema, options);
export const checkDelivery = (delivery: unknown): void => checkCallOptions(deliverySchema, delivery);
