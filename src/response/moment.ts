import { compileOnDemand } from '../check/compiled.js';
import { KiipResponseError } from '../errors/index.js';
import { displayableHref, readBodyUrl, SECURE_ONLY, type BodyUrl, type DisplayRule } from './body-url.js';
import { parseUtcDate } from './dates.js';
import { BY_HAND, readObject, type AnswerFacts } from './json.js';
import { assertNotRefused } from './refusal.js';
import { rewardSchema } from './reward-schema.js';

/** A reward, ready to be shown (PROTOCOL K17). */
export interface Reward {
  /** The platform's id, or else the id in the body URL; `''` when neither exists. */
  readonly id: string;
  /** Whether it is a test reward: its id starts with `test_` or, without an id, its body URL is a preview's. */
  readonly isTest: boolean;
  /** The notification to show before the reward is opened; `null` when the platform sent none. */
  readonly notification: { readonly rewardName: string; readonly rewardImageUrl: string | null } | null;
  /** Texts and time limit (in seconds) of the view. */
  readonly modal: { readonly title: string | null; readonly message: string | null; readonly timeout: number | null };
  /** The reward page. */
  readonly bodyUrl: BodyUrl;
  /** Whether mail to the player's address bounced; `null` when the platform did not say. */
  readonly emailBounced: boolean | null;
  /** When the reward was used; `null` when it was not. */
  readonly usedDate: Date | null;
  /** The virtual currency of the reward; `null` without any. */
  readonly virtual: { readonly value: number | null; readonly raw: unknown } | null;
}

/** The outcome of a moment. */
export type MomentOutcome =
  | { readonly rewarded: true; readonly reward: Reward; readonly date: Date | null; readonly raw: unknown }
  | {
      readonly rewarded: false;
      readonly reason: 'no_reward' | 'blocked_country';
      readonly date: Date | null;
      readonly raw: unknown;
    };

/** Reads the value, which the platform writes as a number; also accepts a numeric string. */
function readValue(value: number | string | null | undefined): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Reads the platform's own `virtual` block, including fields that this version does not know. */
const readVirtual = (raw: Readonly<Record<string, unknown>> | null): unknown =>
  (raw?.['view'] as Readonly<Record<string, unknown>>)['virtual'];

const findRewardSchema = compileOnDemand(rewardSchema);

/** Does what {@link parseMomentResponse} does, with the facts of a call for its errors. */
export function readMoment(body: unknown, facts: AnswerFacts, rule: DisplayRule): MomentOutcome {
  const raw = readObject(body, facts);
  const { data: answer } = findRewardSchema().safeParse(raw ?? {});
  if (answer === undefined) {
    assertNotRefused(raw, facts);
    throw new KiipResponseError(
      'The answer has a view that cannot be shown: view.modal.body_url is not readable text.',
      facts,
    );
  }
  const { notification, view } = answer;
  const date = parseUtcDate(raw?.['date']);
  const href = view?.modal?.body_url;
  if (!view?.modal || !href) {
    assertNotRefused(raw, facts);
    return { rewarded: false, reason: 'no_reward', date, raw };
  }
  const bodyUrl = readBodyUrl(href, facts, rule);
  const id = view.id ?? bodyUrl.rewardId ?? '';
  const { title = null, message = null, timeout = null } = view.modal;
  const reward: Reward = {
    id,
    isTest: id.startsWith('test_') || (view.id == null && bodyUrl.preview),
    notification: notification
      ? { rewardName: notification.reward_name, rewardImageUrl: displayableHref(notification.reward_image_url, rule) }
      : null,
    modal: { title, message, timeout },
    bodyUrl,
    emailBounced: view.email_bounced ?? null,
    usedDate: parseUtcDate(view.used_date),
    virtual: view.virtual ? { value: readValue(view.virtual.virtual_value), raw: readVirtual(raw) } : null,
  };
  return { rewarded: true, reward, date, raw };
}

/**
 * Reads the answer to a moment. Every shape of "no reward" is an outcome, not an error (PROTOCOL K18).
 *
 * @param body - Text, bytes or the parsed value.
 * @throws {@link KiipResponseError} when the answer is neither empty nor a JSON object (PROTOCOL K19), or its reward must not be
 * shown (PROTOCOL K20); {@link KiipRefusedError} when it is a refusal (PROTOCOL K17a).
 * @example
 * ```ts
 * import { parseMomentResponse } from 'kiip-s2s';
 *
 * declare const response: Response; // the platform's answer, from your own HTTP client
 *
 * const outcome = parseMomentResponse(await response.text());
 * if (outcome.rewarded) console.log('show', outcome.reward.bodyUrl.href);
 * ```
 */
export function parseMomentResponse(body: unknown): MomentOutcome {
  return readMoment(body, BY_HAND, SECURE_ONLY);
}
