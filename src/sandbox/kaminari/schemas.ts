import * as z from '../../zod.js';

// Schemas of Kaminari's requests, in the documents' names (PROTOCOL M1, M3, M10, M12).

const ids = {
  kmnrId: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  kmnrKey: z.string().min(1),
};
const sub = z.string().optional();
const subs = {
  sub1: sub,
  sub2: sub,
  sub3: sub,
  sub4: sub,
  sub5: sub,
  sub6: sub,
  sub7: sub,
  sub8: sub,
  sub9: sub,
  sub10: sub,
};

/** A ping, or a ping test. */
export const pingSchema = z.strictObject({ ...ids, ...subs });

/** The script's record: the ids, and the facts that the browser gave. */
export const collectSchema = z.looseObject({ ...ids, cnvId: z.string().min(1).max(200).optional() });

/** The query of a conversion. */
export const conversionSchema = z.strictObject({
  kmnrKey: z.string().min(1),
  cnvId: z.string().min(1).max(200),
  status: z.enum(['l1', 'l2', 'l3', 'l4']),
  payout: z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,15})?$/, 'must be a number')
    .optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 currency code: three capital letters')
    .optional(),
  ...subs,
});
