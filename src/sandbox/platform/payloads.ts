import { momentPayloadSchema, sessionPayloadSchema } from '../../request/payload-schema.js';
import * as z from '../../zod.js';

export type Session = z.output<typeof sessionPayloadSchema>;
export type Moment = z.output<typeof momentPayloadSchema>;

const text = z.string().min(1);

/** The vendor's batch of consents (PROTOCOL K14). */
export const consentBatchSchema = z.strictObject({
  app: z.strictObject({ app_key: text, bundle_id: text.optional(), dns_compliance: z.boolean().optional() }),
  user_consent_info: z
    .array(
      z.strictObject({
        device_id: text,
        user_compliance: z.boolean(),
        state: z
          .string()
          .regex(/^[A-Z]{2}$/)
          .optional(),
        user_id: text.optional(),
      }),
    )
    .min(1),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A moment says which one it is; what only carries `events` is a session. */
export const isMoment = (body: unknown): boolean => isObject(body) && 'moment' in body;

/** How the documents also write a `close_button` that hides the button (PROTOCOL K8). */
const HIDDEN: readonly unknown[] = [0, '0', 'false'];

/**
 * A body as the schemas know it. The documents print some of it in two ways: `event` for `events` in one example (PROTOCOL K4), and
 * `"0"` or `"false"` in quotes for `close_button`.
 */
export function normalizeBody(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { event, ...rest } = body;
  const same: Record<string, unknown> =
    event !== undefined && !('events' in body) ? { ...rest, events: event } : { ...body };
  if (HIDDEN.includes(same['close_button'])) same['close_button'] = false;
  return same;
}
