import * as z from '../../zod.js';
import type { ConsentNote } from '../platform/compliance.js';
import type { Delivery, SandboxReward } from '../records.js';

/** The part of a sandbox that survives a restart. */
export interface Identity {
  readonly appSecret: string;
  readonly applicationId: string;
  readonly unitId: string;
}

/** One line of a state file. A changed reward gets another line; the last line counts. */
export type Entry =
  | { readonly kind: 'kiip-s2s sandbox 1'; readonly identity: Identity }
  | { readonly kind: 'reward'; readonly reward: SandboxReward }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'consent'; readonly consent: ConsentNote };

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const date = z.string().regex(ISO);
const orNull = <T extends z.ZodType>(schema: T) => z.union([schema, z.literal([null])]);
const isFlat = (value: unknown): value is Record<string, string | number> =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((item) => typeof item === 'string' || typeof item === 'number');

const lineSchema = z.union([
  z.strictObject({
    kind: z.literal(['kiip-s2s sandbox 1']),
    identity: z.strictObject({ appSecret: z.string().min(1), applicationId: z.string(), unitId: z.string() }),
  }),
  z.strictObject({
    kind: z.literal(['reward']),
    reward: z.strictObject({
      id: z.string().min(1),
      unitId: z.string(),
      name: z.string(),
      isTest: z.boolean(),
      momentId: z.string(),
      locale: z.string(),
      userId: orNull(z.string()),
      emailAddress: orNull(z.string()),
      closeButton: z.boolean(),
      nativeUrl: orNull(z.string()),
      virtual: orNull(z.strictObject({ content: z.string(), name: z.string(), quantity: z.number() })),
      bodyUrl: z.string(),
      at: date,
      usedDate: orNull(date),
    }),
  }),
  z.strictObject({
    kind: z.literal(['delivery']),
    delivery: z.strictObject({
      id: z.int(),
      type: z.enum(['redemption', 'issuance']),
      at: date,
      delivered: z.boolean(),
      status: orNull(z.int()),
      attempts: z.int(),
      durationMs: z.number(),
      repeats: orNull(z.int()),
      fields: z.custom<Record<string, string | number>>(isFlat),
      contentType: z.string(),
      body: z.string(),
      answer: z.string(),
    }),
  }),
  z.strictObject({
    kind: z.literal(['consent']),
    consent: z.strictObject({
      userId: z.string(),
      deviceId: z.string(),
      optedOut: z.boolean(),
      state: orNull(z.string()),
      at: date,
    }),
  }),
]);

/** Writes an entry as a line, with its line break. */
export const writeLine = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

/** Reads the entry of a line; `null` when the line is damaged. */
export function readLine(line: string): Entry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const result = lineSchema.safeParse(value);
  return result.success ? reviveDates(result.data) : null;
}

function reviveDates(line: z.output<typeof lineSchema>): Entry {
  switch (line.kind) {
    case 'kiip-s2s sandbox 1':
      return { kind: line.kind, identity: line.identity };
    case 'delivery':
      return { kind: line.kind, delivery: { ...line.delivery, at: new Date(line.delivery.at) } };
    case 'consent':
      return { kind: line.kind, consent: { ...line.consent, at: new Date(line.consent.at) } };
    case 'reward': {
      const { at, usedDate, ...reward } = line.reward;
      const used = usedDate === null ? null : new Date(usedDate);
      return { kind: line.kind, reward: { ...reward, at: new Date(at), usedDate: used } };
    }
  }
}
