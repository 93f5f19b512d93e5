import { pause } from '../call/pause.js';
import { isOverdue, OVERDUE_MS, type Timed } from '../call/underway.js';
import { withinTimeLimit } from '../check/time-limit.js';
import { warnOnce } from '../check/warn.js';
import { KiipConnectionError } from '../errors/index.js';
import { wireConsent } from '../request/build.js';
import type { MomentPayload, NinthDecimalSessionPayload, SessionPayload } from '../request/payload.js';
import type { ConsentChoice, ConsentStore } from '../stores/consent-store.js';
import type { PlatformOperation } from './hooks.js';

/** The payload of a call with a consent store. Only the NinthDecimal dialect has stores; the options check that. */
type Payload = (SessionPayload | MomentPayload) & Pick<NinthDecimalSessionPayload, 'user_consent_info'>;

/** One player on one device: the platform remembers a choice for each such pair (PROTOCOL K14). */
export interface Pair {
  readonly userId: string;
  readonly deviceId: string;
}

/** The longest that marking a choice as delivered may delay a call that has succeeded, in milliseconds. */
const MARK_LIMIT_MS = 2_500;

/** Finds the pair in a payload; `null` without a user id, because the platform would match nobody. */
export function findPair({ user, device }: Payload): Pair | null {
  return user?.userid === undefined ? null : { userId: user.userid, deviceId: device.id };
}

const buildKey = ({ userId, deviceId }: Pair): string => JSON.stringify([userId, deviceId]);

/** A call that carries a choice. Other calls for the pair wait until it has ended or is long past its deadline. */
interface Carrying extends Timed {
  readonly ended: Promise<void>;
}

/**
 * Delivers each player's newest choice to the platform: every call for a pair carries it until one has succeeded.
 *
 * While a call carries a choice, other calls for the same pair wait. Otherwise a slow call with an older choice could
 * arrive last and revert an opt-out, and one change would go out with many calls at once.
 */
export class ConsentDelivery {
  readonly #store: ConsentStore;
  readonly #repair: (payload: Payload, choice: ConsentChoice) => void;
  readonly #carrying = new Map<string, Carrying>();

  /** @param repair - sends the newest choice again when an older one may have overtaken it; never throws. */
  constructor(store: ConsentStore, repair: (payload: Payload, choice: ConsentChoice) => void) {
    this.#store = store;
    this.#repair = repair;
  }

  /** Builds the session call that reports a choice. It starts at the time of the choice. */
  static buildUpdate(payload: Payload, choice: ConsentChoice): object {
    const update: Record<string, unknown> = { ...payload, user_consent_info: wireConsent(choice) };
    delete update['moment'];
    return { ...update, events: [{ id: 'session_start', start: choice.at.toISOString() }] };
  }

  /** Creates the consent part of one call, which ends within `deadlineMs`. */
  begin(payload: Payload, operation: PlatformOperation, deadlineMs: number): ConsentCarrier {
    return new ConsentCarrier({
      store: this.#store,
      carrying: this.#carrying,
      repair: this.#repair,
      payload,
      operation,
      deadlineAt: performance.now() + deadlineMs + MARK_LIMIT_MS,
    });
  }
}

interface CarrierParts extends Timed {
  readonly store: ConsentStore;
  readonly carrying: Map<string, Carrying>;
  readonly repair: (payload: Payload, choice: ConsentChoice) => void;
  readonly payload: Payload;
  readonly operation: PlatformOperation;
}

/** The consent part of one call. */
export class ConsentCarrier {
  readonly #parts: CarrierParts;
  readonly #pair: Pair | null;
  /** The choice in the request that went out last. */
  #sent: ConsentChoice | null = null;
  #release: (() => void) | null = null;
  #isOver = false;

  constructor(parts: CarrierParts) {
    this.#parts = parts;
    this.#pair = findPair(parts.payload);
  }

  /**
   * Makes the body of the next attempt, with the choice that is due. The loop calls it before each attempt, and after
   * the call has waited in line, so that the body never carries an old choice.
   *
   * @throws KiipConnectionError when the store fails: a player's data must not go out without the player's opt-out.
   */
  async makeBody(attempt: number): Promise<string> {
    const { payload } = this.#parts;
    const choice = this.#pair === null ? null : await this.#ask(this.#pair, attempt);
    this.#sent = choice;
    delete payload.user_consent_info;
    if (choice !== null) payload.user_consent_info = wireConsent(choice);
    return JSON.stringify(payload);
  }

  async #ask(pair: Pair, attempt: number): Promise<ConsentChoice | null> {
    const { carrying } = this.#parts;
    const key = buildKey(pair);
    for (;;) {
      const other = this.#release === null ? carrying.get(key) : undefined;
      if (other !== undefined) {
        await pause(other.deadlineAt + OVERDUE_MS - performance.now(), undefined, other.ended);
        // A worker's runtime may have stopped the other call's code, so that it never ended.
        if (isOverdue(other) && carrying.get(key) === other) carrying.delete(key);
        if (this.#isOver) return null;
        continue;
      }
      const choice = await this.#findDue(pair, attempt);
      // If the call ended while the store was asked, take nothing: nobody would release it.
      if (choice === null || this.#isOver || this.#release !== null) return choice;
      if (carrying.has(key)) continue;
      this.#take(key);
      return choice;
    }
  }

  #take(key: string): void {
    const { carrying, deadlineAt } = this.#parts;
    let onEnd = (): void => {};
    const own = { deadlineAt, ended: new Promise<void>((resolve) => (onEnd = resolve)) };
    carrying.set(key, own);
    this.#release = () => {
      if (carrying.get(key) === own) carrying.delete(key);
      onEnd();
    };
  }

  async #findDue({ userId, deviceId }: Pair, attempt: number): Promise<ConsentChoice | null> {
    try {
      return await this.#parts.store.due(userId, deviceId);
    } catch {
      throw new KiipConnectionError(
        "The consent store could not be asked, so this request was not sent: the player's opt-out might be missing. Check the store.",
        { operation: this.#parts.operation, attempts: attempt - 1, reason: 'consent_store' },
      );
    }
  }

  /**
   * Marks the choice of a successful call as delivered. Never rejects, because a failed mark must not cost a reward:
   * the choice stays due.
   */
  async succeed(): Promise<void> {
    const [pair, sent] = [this.#pair, this.#sent];
    if (pair !== null && sent !== null) {
      const tooLate = (): Error => new Error('the consent store did not answer in time');
      await withinTimeLimit(this.#mark(pair, sent), MARK_LIMIT_MS, tooLate).catch(() =>
        warnOnce(
          'KIIP_CONSENT_NOT_MARKED',
          'A choice was delivered, but the consent store could not note it. The next call delivers it again.',
        ),
      );
    }
    this.end();
  }

  async #mark(pair: Pair, sent: ConsentChoice): Promise<void> {
    const { store, payload, repair } = this.#parts;
    const { userId, deviceId } = pair;
    await store.delivered(userId, deviceId, sent.at);
    // Read the history first: a choice that comes between the two reads is due, and goes out with the next call.
    const newest = (await store.history(userId)).findLast(({ kind }) => kind === 'chosen');
    if (newest === undefined || newest.at <= sent.at) return;
    // A newer choice that is not due was delivered by another process, perhaps before this older one arrived.
    if ((await store.due(userId, deviceId)) === null) repair(payload, newest);
  }

  /** Ends the call, whatever its outcome, and lets other calls for the pair go on. */
  end(): void {
    this.#isOver = true;
    this.#release?.();
  }
}
