import { CallLoop } from '../call/call-loop.js';
import { Observer } from '../call/observer.js';
import type { ConsentReportPayload } from '../request/consent-report.js';
import type {
  KiipMomentPayload,
  KiipSessionPayload,
  NinthDecimalMomentPayload,
  NinthDecimalSessionPayload,
} from '../request/payload.js';
import { listConsentSecrets, listSecrets } from '../request/secrets.js';
import { readMoment, type MomentOutcome } from '../response/moment.js';
import { readSession, type SessionReceipt } from '../response/session.js';
import type { ConsentChoice } from '../stores/consent-store.js';
import type { RewardBook } from '../stores/reward-book.js';
import { holdTransport } from '../transport/own-transport.js';
import { VERSION } from '../version.js';
import type { SessionOptions } from './call-options.js';
import type { ClientSettings, Settings } from './client-options.js';
import { ConsentDelivery, type ConsentCarrier } from './consent-delivery.js';
import { PlatformPolicy, type ListSecrets, type PlatformCall } from './platform-policy.js';
import { noteReward } from './reward-notes.js';

type SessionOperation = 'session_start' | 'session_end';
type Payload = NinthDecimalSessionPayload | NinthDecimalMomentPayload | KiipSessionPayload | KiipMomentPayload;
type Limited = Pick<SessionOptions, 'signal' | 'timeoutMs' | 'deadlineMs'>;

const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  accept: 'application/json',
  'content-type': 'application/json; charset=utf-8',
  'user-agent': `kiip-s2s/${VERSION}`,
});

const SKIPPED_MOMENT: MomentOutcome = { rewarded: false, reason: 'blocked_country', date: null, raw: null };
const SKIPPED_SESSION: SessionReceipt = { date: null, dateText: null, skipped: 'blocked_country', raw: null };

/** Sends built payloads to the platform, and handles the consent and the reward notes of each call. */
export class PlatformCalls {
  readonly #settings: Settings;
  readonly #loop: CallLoop;
  readonly #release: () => Promise<void>;
  readonly #consent: ConsentDelivery | null;
  /** Pending marks in the consent store and notes in the reward book. `close()` waits for them. */
  readonly #afterwards = new Set<Promise<unknown>>();
  readonly #calls: {
    readonly moment: PlatformCall<MomentOutcome>;
    readonly session_start: PlatformCall<SessionReceipt>;
    readonly session_end: PlatformCall<SessionReceipt>;
    readonly consent: PlatformCall<SessionReceipt>;
  };

  constructor(settings: Settings, options: Pick<ClientSettings<unknown, unknown>, 'transport' | 'hooks'>) {
    const { limits, host, consentStore, insecureHost } = settings;
    const { transport, release } = holdTransport(options.transport);
    this.#settings = settings;
    this.#release = release;
    this.#loop = new CallLoop({
      transport,
      observer: new Observer(options.hooks),
      host,
      maxConcurrent: limits.maxConcurrent,
      maxUnderWay: limits.maxConcurrent + limits.maxQueued,
      whilePausing: 'keeps_place',
      maxResponseBytes: limits.maxResponseBytes,
    });
    this.#consent =
      consentStore === null
        ? null
        : new ConsentDelivery(consentStore, (payload, choice) => this.#sendAgain(payload, choice));
    const session = <Operation extends SessionOperation | 'consent'>(operation: Operation) => ({
      operation,
      limits,
      read: readSession,
      summarize: ({ skipped }: SessionReceipt) => ({ outcome: skipped ?? 'accepted' }) as const,
    });
    this.#calls = {
      moment: {
        operation: 'moment',
        limits,
        read: (body, facts) => readMoment(body, facts, { insecureHost }),
        summarize: (outcome) => ({ outcome: outcome.rewarded ? 'rewarded' : outcome.reason }),
      },
      session_start: session('session_start'),
      session_end: session('session_end'),
      consent: session('consent'),
    };
  }

  moment(payload: NinthDecimalMomentPayload | KiipMomentPayload, options: Limited): Promise<MomentOutcome> {
    const carried = this.#carry(this.#calls.moment, this.#settings.momentUrl, payload, options);
    const { rewardBook } = this.#settings;
    return rewardBook === null ? carried : this.#note(carried, rewardBook, payload.user?.userid ?? null);
  }

  async #note(carried: Promise<MomentOutcome>, book: RewardBook, userId: string | null): Promise<MomentOutcome> {
    const outcome = await carried;
    if (outcome.rewarded) void this.#track(noteReward(book, outcome.reward, userId));
    return outcome;
  }

  session(
    operation: SessionOperation,
    payload: NinthDecimalSessionPayload | KiipSessionPayload,
    options: Limited,
  ): Promise<SessionReceipt> {
    return this.#carry(this.#calls[operation], this.#settings.sessionUrl, payload, options);
  }

  async reportConsents(payload: ConsentReportPayload, options: Limited): Promise<void> {
    const listOwn = (): readonly (string | number)[] => listConsentSecrets(payload);
    await this.#send(this.#calls.consent, this.#settings.consentUrl, JSON.stringify(payload), options, listOwn);
  }

  /** Ends a moment without sending it. Hooks hear of it. */
  skipMoment(): Promise<MomentOutcome> {
    return this.#loop.runUnsent(new PlatformPolicy(this.#calls.moment, () => []), SKIPPED_MOMENT);
  }

  /** Ends a session call without sending it. Hooks hear of it. */
  skipSession(operation: SessionOperation): Promise<SessionReceipt> {
    return this.#loop.runUnsent(new PlatformPolicy(this.#calls[operation], () => []), SKIPPED_SESSION);
  }

  /** Waits for every call and its notes, then frees the sockets. */
  async close(): Promise<void> {
    await this.#loop.close();
    while (this.#afterwards.size > 0) await Promise.all(this.#afterwards);
    await this.#release();
  }

  #carry<Result>(call: PlatformCall<Result>, url: string, payload: Payload, options: Limited): Promise<Result> {
    const listOwn = (): readonly (string | number)[] => listSecrets(payload);
    if (this.#consent === null) return this.#send(call, url, JSON.stringify(payload), options, listOwn);
    const deadlineMs = options.deadlineMs ?? this.#settings.limits.deadlineMs;
    const carrier = this.#consent.begin(payload, call.operation, deadlineMs);
    return this.#track(this.#carryConsent(carrier, call, url, options, listOwn));
  }

  async #carryConsent<Result>(
    carrier: ConsentCarrier,
    call: PlatformCall<Result>,
    url: string,
    options: Limited,
    listOwn: ListSecrets,
  ): Promise<Result> {
    try {
      const result = await this.#send(call, url, (attempt) => carrier.makeBody(attempt), options, listOwn);
      await carrier.succeed();
      return result;
    } finally {
      carrier.end();
    }
  }

  /** Sends the newest choice once more, because an older one may have arrived after it. */
  #sendAgain(payload: Payload, choice: ConsentChoice): void {
    const body = JSON.stringify(ConsentDelivery.buildUpdate(payload, choice));
    const listOwn = (): readonly (string | number)[] => listSecrets(payload);
    const call = this.#calls.session_start;
    void this.#track(this.#send(call, this.#settings.sessionUrl, body, {}, listOwn)).catch(() => undefined);
  }

  #send<Result>(
    call: PlatformCall<Result>,
    url: string,
    body: string | ((attempt: number) => Promise<string>),
    { signal, timeoutMs, deadlineMs }: Limited,
    listOwn: ListSecrets,
  ): Promise<Result> {
    const { limits } = this.#settings;
    return this.#loop.run({
      url,
      headers: HEADERS,
      body,
      signal,
      timeoutMs: timeoutMs ?? limits.timeoutMs,
      deadlineMs: deadlineMs ?? limits.deadlineMs,
      policy: new PlatformPolicy(call, listOwn),
    });
  }

  #track<Result>(promise: Promise<Result>): Promise<Result> {
    const settled = promise.then(
      () => undefined,
      () => undefined,
    );
    this.#afterwards.add(settled);
    void settled.then(() => this.#afterwards.delete(settled));
    return promise;
  }
}
