import { buildAbortError, buildCallError, buildDeadlineError, type Party } from '../call/build-error.js';
import { CallLoop } from '../call/call-loop.js';
import type { Summary } from '../call/events.js';
import { findMediaType, type Failure } from '../call/failure.js';
import type { Ending, Judgeable, Policy, Standing, Stop, Verdict } from '../call/policy.js';
import type { TransportResponse } from '../call/transport.js';
import { KiipClosedError, KiipResponseError, type CallFacts } from '../errors/index.js';
import { joinUrl } from '../check/base-url.js';
import {
  checkSignalOptions,
  type KaminariSettings,
  type SharedLoopOptions,
  type SignalOptions,
} from './client-options.js';
import { MANDATORY } from './headers.js';
import { buildPing, type Impression } from './impression.js';

/** The result of a ping test. */
export interface PingTestResult {
  /** Whether all mandatory headers and fields are present (PROTOCOL M7). */
  readonly ok: boolean;
  /** Kaminari's advice, in its own words, by header or field. */
  readonly advice: Record<string, string>;
}

const KAMINARI: Party = {
  name: 'Kaminari',
  advise(status) {
    if (status === 400 || status === 422) return 'It refused the request: check the impression and kmnrKey.';
    if (status === 401 || status === 403) return 'It refused the integration: check kmnrKey.';
    if (status === 404) return 'There is nothing at this address: check baseUrl.';
    if (status === 429) return 'Too many requests: slow down.';
    if (status >= 500) return 'Kaminari failed: try again later.';
    return 'The documents do not explain this status: check what is between you and Kaminari, such as a proxy.';
  },
};

/**
 * Reads `{"errors": {"<header or field>": "<advice>"}}` (PROTOCOL M7). Without advice, `errors` may be an empty list or
 * absent.
 */
function readPingTest(response: TransportResponse, facts: CallFacts): PingTestResult {
  const unreadable = (): KiipResponseError =>
    new KiipResponseError('The answer of the ping test is not the documented JSON object: check baseUrl.', {
      ...facts,
      status: response.status,
      contentType: findMediaType(response),
    });
  let answer: unknown;
  try {
    answer = JSON.parse(response.body);
  } catch {
    throw unreadable();
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw unreadable();
  const errors: unknown = (answer as Record<string, unknown>)['errors'] ?? {};
  if (typeof errors !== 'object' || errors === null || (Array.isArray(errors) && errors.length > 0)) throw unreadable();
  const advice = Object.fromEntries(
    Object.entries(errors).map(([name, text]: [string, unknown]) => [
      name,
      typeof text === 'string' ? text : JSON.stringify(text),
    ]),
  );
  return { ok: !Object.keys(advice).some((name) => MANDATORY.has(name.toLowerCase())), advice };
}

/** Leaves out the host of a redirect, because the answer may repeat the visitor's address in it. */
const hideHost = (failure: Failure): Failure =>
  failure.kind === 'status' && failure.redirectHost !== null
    ? { ...failure, redirectHost: 'another address' }
    : failure;

/** The call-loop policy of the ping test: one request, and any failure rejects the call. */
class PingTestPolicy implements Policy<PingTestResult> {
  readonly operation = 'pingtest';
  readonly note: { readonly host: string };

  constructor(host: string) {
    this.note = { host };
  }

  judge(reading: Judgeable, { attempts }: Standing): Verdict<PingTestResult> {
    const facts = { operation: this.operation, attempts } as const;
    if (reading.kind === 'answer') return { kind: 'done', result: readPingTest(reading.response, facts) };
    return { kind: 'failed', error: buildCallError(hideHost(reading), facts, KAMINARI) };
  }

  stop(why: Stop, attempts: number): Ending<PingTestResult> {
    const facts = { operation: this.operation, attempts } as const;
    if (why === 'aborted') return { kind: 'failed', error: buildAbortError(facts) };
    if (why === 'late') return { kind: 'failed', error: buildDeadlineError(facts) };
    const message =
      attempts === 0
        ? 'The Kaminari client is closed; nothing was sent.'
        : 'The Kaminari client was closed before the ping test was answered.';
    return { kind: 'failed', error: new KiipClosedError(message, facts) };
  }

  summarize(): Summary {
    return { outcome: 'accepted' };
  }
}

/** Runs the ping tests of one client. */
export class PingTests {
  readonly #settings: KaminariSettings;
  readonly #loop: CallLoop;
  readonly #policy: PingTestPolicy;

  constructor(settings: KaminariSettings, shared: SharedLoopOptions) {
    this.#settings = settings;
    this.#loop = new CallLoop({
      ...shared,
      maxConcurrent: Infinity,
      maxUnderWay: Infinity,
      whilePausing: 'keeps_place',
    });
    this.#policy = new PingTestPolicy(shared.host);
  }

  /** See {@link KaminariClient.test}. */
  async run(impression: Impression, options: SignalOptions): Promise<PingTestResult> {
    const { kmnrKey, base, timeoutMs } = this.#settings;
    const ping = buildPing(kmnrKey, impression);
    checkSignalOptions(options);
    return this.#loop.run({
      url: joinUrl(base, '/v1/pingtest'),
      ...ping,
      signal: options.signal,
      timeoutMs,
      deadlineMs: Infinity,
      policy: this.#policy,
    });
  }

  /** Gives up the tests in flight. */
  abandon(): void {
    this.#loop.abandon();
  }

  /** Refuses new tests and waits for those in flight. */
  close(): Promise<void> {
    return this.#loop.close();
  }
}
