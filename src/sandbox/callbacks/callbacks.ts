import { randomUUID } from 'node:crypto';
import { signCallback } from '../../callbacks/sign.js';
import { KiipConfigError, KiipValidationError } from '../../errors/index.js';
import type { DeliveryOptions, IssueOptions, RedeemOptions } from '../sandbox.js';
import type { SandboxState } from '../state.js';
import type { Delivery, SandboxReward, VirtualCurrency } from '../records.js';
import { deliver, type Message } from './deliver.js';
import { findFirst, writeMessage, type Fields } from './message.js';
import { checkDelivery, checkIssueOptions, checkRedeemOptions, checkReplayOptions } from './delivery-options.js';

/** Signs redemptions and issuances and delivers them, with the platform's retries (PROTOCOL K21, K22). */
export class Callbacks {
  readonly #state: SandboxState;
  readonly #running = new Set<AbortController>();
  #lastId: number;
  #closed = false;

  constructor(state: SandboxState) {
    this.#state = state;
    this.#lastId = Math.max(0, ...state.recorder.deliveries.toArray().map(({ id }) => id));
  }

  async redeem(rewardId: string, options: RedeemOptions = {}): Promise<Delivery> {
    checkRedeemOptions(options);
    const url = this.#findUrl();
    const { reward, userId, currency } = this.#findReward(rewardId);
    const { content = currency.content, name = currency.name, quantity = currency.quantity } = options;
    const signature = signCallback(
      { transactionId: reward.id, content, name, quantity, userId },
      this.#state.appSecret,
      { redemptionFormula: options.redemptionFormula ?? 'documented' },
    );
    this.#state.markUsed(reward);
    const fields = { transaction_id: reward.id, content, name, quantity, user_id: userId, signature };
    return this.#send('redemption', url, fields, options);
  }

  async issue(rewardId: string, options: IssueOptions = {}): Promise<Delivery> {
    checkIssueOptions(options);
    const url = this.#findUrl();
    const { reward, userId, currency } = this.#findReward(rewardId);
    const { content = currency.content, quantity = currency.quantity } = options;
    const { origin = 'survey', nonce = randomUUID() } = options;
    const signature = signCallback(
      { transactionId: reward.id, content, quantity, userId, nonce, origin },
      this.#state.appSecret,
    );
    const fields = { content, quantity, user_id: userId, transaction_id: reward.id, nonce, origin, signature };
    return this.#send('issuance', url, fields, options);
  }

  async replay(delivery: Delivery, options: Pick<DeliveryOptions, 'signal'> = {}): Promise<Delivery> {
    checkDelivery(delivery);
    checkReplayOptions(options);
    const { type, fields, contentType, body } = delivery;
    return this.#deliver(type, this.#findUrl(), { ...fields }, { contentType, body }, options.signal);
  }

  /** Ends running deliveries; their callers still get a report of what was sent. */
  abort(): void {
    for (const controller of this.#running) controller.abort();
    this.#running.clear();
  }

  close(): void {
    this.#closed = true;
    this.abort();
  }

  #findUrl(): URL {
    if (this.#closed) throw new KiipConfigError('The sandbox is closed: start another one.');
    const url = this.#state.callbackUrl;
    if (url === null)
      throw new KiipConfigError('There is nowhere to send callbacks to: start the sandbox with a callbackUrl.');
    return url;
  }

  #findReward(rewardId: string): { reward: SandboxReward; userId: string; currency: VirtualCurrency } {
    const reward = this.#state.rewards.find(String(rewardId));
    if (reward === undefined) {
      throw new KiipValidationError([
        {
          path: 'rewardId',
          message: 'is not a reward that this sandbox handed out, or the sandbox has dropped it (see the option keep)',
        },
      ]);
    }
    const { userId, virtual: currency } = reward;
    if (userId === null || currency === null) {
      const message =
        'belongs to a moment without user.userId (user.userid on the wire): only a known player can be paid virtual currency';
      throw new KiipValidationError([{ path: 'rewardId', message }]);
    }
    return { reward, userId, currency };
  }

  #send(
    type: Delivery['type'],
    url: URL,
    fields: Fields,
    { format = 'json', signal }: DeliveryOptions,
  ): Promise<Delivery> {
    return this.#deliver(type, url, fields, writeMessage(fields, format), signal);
  }

  async #deliver(
    type: Delivery['type'],
    url: URL,
    fields: Fields,
    message: Message,
    signal: AbortSignal | undefined,
  ): Promise<Delivery> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    this.#running.add(controller);
    const at = new Date();
    const startedMs = performance.now();
    try {
      const outcome = await deliver(url, message, controller.signal);
      this.#lastId += 1;
      const delivery: Delivery = {
        id: this.#lastId,
        type,
        at,
        ...outcome,
        durationMs: Math.round((performance.now() - startedMs) * 10) / 10,
        repeats: findFirst(this.#state.recorder.deliveries.toArray(), { type, fields }),
        fields,
        ...message,
      };
      // After `reset()` or `close()`, which forget deliveries, do not add it.
      if (this.#running.delete(controller)) this.#state.addDelivery(delivery);
      return delivery;
    } finally {
      this.#running.delete(controller);
      signal?.removeEventListener('abort', abort);
    }
  }
}
