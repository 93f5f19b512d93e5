import { type momentPayloadSchema, type sessionPayloadSchema } from '../../request/payload-schema.js';
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

/** Whether a body is a moment; a session has only `events`. */
export const isMoment = (body: unknown): boolean => typeof body === 'object' && body !== null && 'moment' in body;
