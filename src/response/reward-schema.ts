import * as z from '../zod.js';

// Lenient: unknown keys pass, and a wrong type in a field that is not needed to show the reward counts as absent (PROTOCOL K17). Only
// the path to `view.modal.body_url` is strict, because users see that page.

const optionalText = z.string().min(1).nullish().catch(null);

const modal = z.looseObject({
  title: optionalText,
  message: optionalText,
  timeout: z.number().nullish().catch(null),
  body_url: z.string().nullish(),
});

const virtual = z.looseObject({ virtual_value: z.union([z.number(), z.string()]).nullish().catch(null) });

const view = z.looseObject({
  id: optionalText,
  email_bounced: z.boolean().nullish().catch(null),
  used_date: z.unknown().optional(),
  modal: modal.nullish(),
  virtual: virtual.nullish().catch(null),
});

const notification = z.looseObject({ reward_name: z.string().min(1), reward_image_url: z.unknown().optional() });

/** The JSON that answers a moment, with or without a reward (PROTOCOL K17, K18). */
export const momentResponseSchema = z.looseObject({
  date: z.unknown().optional(),
  notification: notification.nullish().catch(null),
  view: view.nullish(),
});

/**
 * The parts of {@link momentResponseSchema} that a reward is read from. It drops the other keys, because copying them
 * would cost time in every moment.
 */
export const rewardSchema = z.object({
  notification: notification.strip().nullish().catch(null),
  view: view.extend({ modal: modal.strip().nullish() }).strip().nullish(),
});

/** The JSON that answers a session call (PROTOCOL K16). */
export const sessionResponseSchema = z.looseObject({ date: z.string().nullish() });
