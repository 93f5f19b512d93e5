import { joinUrl } from '../check/base-url.js';
import { copyFields } from '../check/fields.js';
import { listIssues } from '../check/issues.js';
import { KiipValidationError } from '../errors/index.js';
import { VERSION } from '../version.js';
import * as z from '../zod.js';
import { findIdProblem, listSubIssues } from './impression.js';
import { SUB_NAMES, type Subs } from './subs.js';

/** How far a conversion went. You agree on the meaning of each level with Kaminari (PROTOCOL M10). */
export type ConversionStatus = 'l1' | 'l2' | 'l3' | 'l4';

/** Something of value that a visitor did, such as redeeming a reward (PROTOCOL M10). */
export interface Conversion {
  /** Your id of the conversion, 1 to 200 characters; the page's script carries it too (`scriptTag` with `cnvId`). */
  readonly cnvId: string;
  /** How far it went. */
  readonly status: ConversionStatus;
  /** The value of the conversion, in units of `currency`, from 0 to 999,999,999,999,999. @defaultValue none */
  readonly payout?: number | undefined;
  /** An ISO 4217 currency code in capital letters, such as `USD`. @defaultValue none */
  readonly currency?: string | undefined;
  /** The sub-tags of this conversion. @defaultValue none */
  readonly subs?: Subs | undefined;
}

/** A conversion, ready to send: a GET with everything in the query. */
export interface ConversionRequest {
  readonly url: string;
  readonly method: 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: '';
}

const STATUSES: readonly unknown[] = ['l1', 'l2', 'l3', 'l4'] satisfies readonly Conversion['status'][];
/** Above this, a JavaScript number has no digits left for cents. */
const MAX_PAYOUT = 999_999_999_999_999;
const DECIMALS = 15;
const HEADERS = { accept: '*/*', 'user-agent': `kiip-s2s/${VERSION}` };

const rules = z.strictObject({
  // Checked below, by the rules for an impression's id and sub-tags.
  cnvId: z.optional(z.unknown()),
  subs: z.optional(z.unknown()),
  status: z.custom((value) => STATUSES.includes(value), 'must be l1, l2, l3 or l4'),
  payout: z.optional(
    z.custom(
      (value) => value === undefined || (typeof value === 'number' && value >= 0 && value <= MAX_PAYOUT),
      `must be a number from 0 to ${MAX_PAYOUT}`,
    ),
  ),
  currency: z.optional(
    z.custom(
      (value) => value === undefined || (typeof value === 'string' && /^[A-Z]{3}$/.test(value)),
      'must be an ISO 4217 currency code: three capital letters, such as USD',
    ),
  ),
});

/** @throws KiipValidationError with all problems. */
export function checkConversion(conversion: Conversion): void {
  if (typeof conversion !== 'object' || conversion === null || Array.isArray(conversion))
    throw new KiipValidationError([{ path: 'conversion', message: 'must be an object: { cnvId, status, … }' }]);
  const given = copyFields(conversion as unknown as Record<string, unknown>, Object.keys(rules.shape));
  const problem = findIdProblem(given['cnvId']);
  const issues = [
    ...(problem === null ? [] : [{ path: 'cnvId', message: problem }]),
    ...listIssues(rules, given),
    ...listSubIssues(given['subs']),
  ];
  if (issues.length > 0) throw new KiipValidationError(issues);
}

/** Writes the number in plain digits, because most readers of a query do not understand `1e-7`. */
function formatPayout(payout: number): string {
  const text = String(payout);
  if (/^\d+(?:\.\d{1,15})?$/.test(text)) return text;
  const fixed = payout.toFixed(DECIMALS);
  let end = fixed.length;
  while (fixed[end - 1] === '0') end -= 1;
  return fixed.slice(0, fixed[end - 1] === '.' ? end - 1 : end);
}

/** Builds the request of a conversion (PROTOCOL M10). @throws KiipValidationError with all problems. */
export function buildConversion(base: URL, kmnrKey: string, conversion: Conversion): ConversionRequest {
  checkConversion(conversion);
  const { cnvId, status, payout, currency, subs } = conversion;
  const query = new URLSearchParams({ kmnrKey, cnvId, status });
  for (const name of SUB_NAMES) {
    const value = subs?.[name];
    if (value !== undefined) query.set(name, value);
  }
  if (currency !== undefined) query.set('currency', currency);
  if (payout !== undefined) query.set('payout', formatPayout(payout));
  return { url: `${joinUrl(base, '/v1/conversion')}?${query.toString()}`, method: 'GET', headers: HEADERS, body: '' };
}
