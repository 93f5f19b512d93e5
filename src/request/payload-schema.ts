import * as z from '../zod.js';
import { isCleanText, isEmailAddress, normalizeIp } from './rules.js';

// Schemas of payloads, in the documents' names, for those who receive them: the sandbox, or a proxy of your own.

const text = z.string().min(1).refine(isCleanText, 'must not contain control characters or lone surrogates');
const event = z.strictObject({
  id: z.enum(['session_start', 'session_end']),
  start: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'must be ISO 8601 in UTC with milliseconds'),
});

const common = {
  app: z.strictObject({ app_key: text, version: text, dns_compliance: z.boolean().optional() }),
  connection: z.strictObject({
    ip: z.string().refine((ip) => normalizeIp(ip) !== null, 'must be an IP address'),
    carrier: text.optional(),
    type: text.optional(),
  }),
  device: z.strictObject({
    id: text,
    density: text.optional(),
    lang: text,
    locale: text,
    manufacturer: text.optional(),
    model: text.optional(),
    os: text,
    resolution: z
      .string()
      .regex(/^\d+x\d+$/, 'must be <width>x<height>')
      .optional(),
    user_agent: text.optional(),
  }),
  location: z
    .strictObject({
      lat: z.number().min(-90).max(90),
      lng: z.number().min(-180).max(180),
      accuracy: z.int().positive().optional(),
    })
    .optional(),
  bundle_id: text.optional(),
  /** `false` hides the button; the documents also allow `0`, quote both, and print `""` in an example (PROTOCOL K8). */
  close_button: z.union([z.boolean(), z.literal([0, 1, '', '0', '1', 'false', 'true'])]).optional(),
  email_address: z.string().refine(isEmailAddress, 'must be an e-mail address').optional(),
  sdk_version: text,
  test: z.boolean(),
  user: z
    .strictObject({
      age: z.int().min(0).max(150).optional(),
      gender: z.enum(['m', 'f']).optional(),
      userid: text.optional(),
    })
    .optional(),
  user_consent_info: z
    .strictObject({
      user_compliance: z.boolean(),
      state: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .optional(),
    })
    .optional(),
};

/** One of the documents' examples writes `event` for `events` (PROTOCOL K4). */
const events = { events: z.array(event).optional(), event: z.array(event).optional() };

/** The JSON of a session call (PROTOCOL K4, K5). Both dialects: `kiip` payloads simply lack the NinthDecimal-only fields. */
export const sessionPayloadSchema = z
  .strictObject({ ...common, ...events })
  .refine((payload) => (payload.events ?? payload.event ?? []).length > 0, {
    path: ['events'],
    message: 'must contain at least one event',
  });

/** The JSON of a moment call (PROTOCOL K4, K5). */
export const momentPayloadSchema = z.strictObject({
  ...common,
  moment: z.strictObject({ id: text }),
  ...events,
});
