import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { signCallback } from '../callbacks/sign.js';
import { KiipConfigError, KiipValidationError } from '../errors/index.js';
import { post, type PostResult } from './http/post.js';
import type { SandboxState } from './state.js';
import type {
  Delivery,
  DeliveryOptions,
  IssueOptions,
  RedeemOptions,
  SandboxReward,
  VirtualCurrency,
} from './types.js';

/** Pauses between the attempts of one delivery: short, since somebody is watching. */
const PAUSES_MS = [100, 300, 900];
const LONGEST_PAUSE_MS = 2_000;
/** Longer than a receiver's own time limit, so that its answer is heard. */
const ATTEMPT_TIMEOUT_MS = 30_000;

type Fields = Record<string, string | number>;

const CONTENT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' };

/** Signs redemptions and issuances and delivers them, repeating as a platform would (PROTOCOL K21, K22). */
export class Callbacks {
  readonly #state: SandboxState;
  readonly #running = new Set<AbortController>();
  #closed = false;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  async redeem(rewardId: string, options: RedeemOptions = {}): Promise<Delivery> {
    checkOptions(options, ['format', 'signal', 'redemptionFormula']);
    const { url, reward, userId, currency } = this.#prepare(rewardId);
    const { content, name, quantity } = currency;
    const signature = signCallback(
      { transactionId: reward.id, content, name, quantity, userId },
      this.#state.appSecret,
      {
        redemptionFormula: options.redemptionFormula ?? 'documented',
      },
    );
    this.markUsed(reward);
    const fields = { transaction_id: reward.id, content, name, quantity, user_id: userId, signature };
    return this.#deliver('redemption', url, fields, options);
  }

  async issue(rewardId: string, options: IssueOptions = {}): Promise<Delivery> {
    checkOptions(options, ['format', 'signal', 'origin', 'nonce', 'quantity']);
    const { url, reward, userId, currency } = this.#prepare(rewardId);
    const { content } = currency;
    const { quantity = currency.quantity, origin = 'survey', nonce = randomUUID() } = options;
    const signature = signCallback(
      { transactionId: reward.id, content, quantity, userId, nonce, origin },
      this.#state.appSecret,
    );
    const fields = { content, quantity, user_id: userId, transaction_id: reward.id, nonce, origin, signature };
    return this.#deliver('issuance', url, fields, options);
  }

  /** What a redemption does to any reward, with virtual currency or without. */
  markUsed(reward: SandboxReward): void {
    this.#state.rewards.markUsed(reward);
    this.#state.recorder.tell({ type: 'reward', reward });
  }

  /** Ends what is being delivered; what was sent so far is still reported to its caller. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#running) controller.abort();
  }

  #prepare(rewardId: string): { url: URL; reward: SandboxReward; userId: string; currency: VirtualCurrency } {
    if (this.#closed) throw new KiipConfigError('The sandbox is closed: start another one.');
    const url = this.#state.callbackUrl;
    if (url === null)
      throw new KiipConfigError('There is nowhere to send callbacks to: start the sandbox with a callbackUrl.');
    const reward = this.#state.rewards.find(String(rewardId));
    if (reward === undefined) {
      throw new KiipValidationError([
        { path: 'rewardId', message: 'is not a reward that this sandbox handed out (or it was dropped: see keep)' },
      ]);
    }
    const { userId, virtual: currency } = reward;
    if (userId === null || currency === null) {
      const message =
        'belongs to a moment without user.userId (user.userid on the wire): only a known player can be paid virtual currency';
      throw new KiipValidationError([{ path: 'rewardId', message }]);
    }
    return { url, reward, userId, currency };
  }

  async #deliver(
    type: Delivery['type'],
    url: URL,
    fields: Fields,
    { format = 'json', signal }: DeliveryOptions,
  ): Promise<Delivery> {
    const body =
      format === 'json'
        ? JSON.stringify(fields)
        : new URLSearchParams(
            Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
          ).toString();
    const contentType = CONTENT_TYPES[format];
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    this.#running.add(controller);
    try {
      const outcome = await repeat(url, {
        contentType,
        body,
        timeoutMs: ATTEMPT_TIMEOUT_MS,
        signal: controller.signal,
      });
      const delivery: Delivery = { type, at: new Date(), ...outcome, fields, contentType, body };
      this.#state.recorder.delivery(delivery);
      return delivery;
    } finally {
      this.#running.delete(controller);
      signal?.removeEventListener('abort', abort);
    }
  }
}

type Outcome = Pick<Delivery, 'delivered' | 'status' | 'attempts' | 'answer'>;

const isWorthRepeating = (status: number): boolean => status >= 500 || status === 408 || status === 429;

async function repeat(url: URL, message: Parameters<typeof post>[1]): Promise<Outcome> {
  let outcome: Outcome = { delivered: false, status: null, attempts: 0, answer: 'aborted' };
  for (const ms of [...PAUSES_MS, null]) {
    if (message.signal.aborted) return outcome;
    const result = await tryOnce(url, message);
    const attempts = outcome.attempts + 1;
    outcome =
      'failure' in result
        ? { delivered: false, status: null, attempts, answer: result.failure }
        : {
            delivered: result.status >= 200 && result.status < 300,
            status: result.status,
            attempts,
            answer: result.text,
          };
    if (ms === null || (outcome.status !== null && !isWorthRepeating(outcome.status))) return outcome;
    const asked = 'failure' in result ? NaN : Number(result.retryAfter) * 1000;
    const wait = Number.isFinite(asked) ? Math.min(Math.max(asked, ms), LONGEST_PAUSE_MS) : ms;
    await pause(wait, undefined, { signal: message.signal }).catch(() => undefined);
  }
  return outcome;
}

/** A failure is told by its code alone: messages of sockets hold addresses. */
async function tryOnce(url: URL, message: Parameters<typeof post>[1]): Promise<PostResult | { failure: string }> {
  try {
    return await post(url, message);
  } catch (error) {
    const { code } = error as { code?: unknown };
    return { failure: typeof code === 'string' ? code : 'no answer' };
  }
}

function checkOptions(options: RedeemOptions & IssueOptions, known: readonly string[]): void {
  const problems = Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is not an option (known: ${known.join(', ')})`);
  if (options.format !== undefined && !Object.hasOwn(CONTENT_TYPES, options.format))
    problems.push("format must be 'json' or 'form'");
  const { quantity } = options;
  if (quantity !== undefined && !(Number.isSafeInteger(quantity) && quantity > 0))
    problems.push('quantity must be an integer > 0');
  if (problems.length > 0) throw new KiipConfigError(`Nothing was sent: ${problems.join('; ')}.`);
}
