import type { Transport } from '../call/transport.js';
import type { LoopOptions } from '../call/run.js';
import { copyHooks, hooksRule } from '../call/hook-options.js';
import { findBaseUrlProblem } from '../check/base-url.js';
import { copyFields } from '../check/fields.js';
import { checkCallOptions, listOptionIssues, refuseOptions } from '../check/options.js';
import { count, flag, having, MAX_TIMER_MS, milliseconds, signal } from '../check/rules.js';
import type { VerdictStore } from '../stores/verdict-store.js';
import * as z from '../zod.js';
import type { KaminariHooks } from './types.js';

/** Options of `KaminariClient`. */
export interface KaminariClientOptions {
  /** The integration's key. It is public: the page's script carries it. */
  readonly kmnrKey: string;
  /**
   * Where Kaminari is: an `https:` URL, whose path is kept. `http:` is taken for a loopback host only, unless `allowInsecure` is set.
   * @defaultValue `'https://kaminari.systems'`
   */
  readonly baseUrl?: string | undefined;
  /** Allows `http:` to any host. The visitor's address then travels in the clear. @defaultValue false */
  readonly allowInsecure?: boolean | undefined;
  /** Milliseconds for one request, connecting included. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds, from the call of `ping` or `conversion`, after which it is given up (PROTOCOL M2). @defaultValue 300000 */
  readonly windowMs?: number | undefined;
  /** Pings and conversions that may wait or be on their way. Beyond it one is `dropped` at once. @defaultValue 10000 */
  readonly maxPending?: number | undefined;
  /** Requests at the same time; the others wait in line. @defaultValue 256 */
  readonly maxConcurrent?: number | undefined;
  /**
   * The pauses between two requests of a ping or a conversion: a random time up to `baseDelayMs`, doubled each time, at most `maxDelayMs`.
   * @defaultValue `{ baseDelayMs: 100, maxDelayMs: 10000 }`
   */
  readonly retry?: { readonly baseDelayMs?: number | undefined; readonly maxDelayMs?: number | undefined } | undefined;
  /**
   * What carries the requests, such as `createTransport({ proxy: 'env' })` of `kiip-s2s/axios`. It stays yours: `close()` does not
   * close it. @defaultValue a `createTransport()` of the client's own
   */
  readonly transport?: Transport | undefined;
  /**
   * Where `verdictFor` finds what ping-backs said, such as `redisVerdictStore(client)` of `kiip-s2s/redis` for several processes.
   * @defaultValue `memoryVerdictStore()`, which knows this process only
   */
  readonly verdicts?: VerdictStore | undefined;
  /** Functions told of every request, answer, retry and end of a call; a plain object or one of a class. @defaultValue none */
  readonly hooks?: KaminariHooks | undefined;
}

/** The options with every default in place. */
export interface KaminariSettings {
  readonly kmnrKey: string;
  readonly base: URL;
  readonly timeoutMs: number;
  readonly windowMs: number;
  readonly maxPending: number;
  readonly maxConcurrent: number;
  readonly retry: { readonly baseDelayMs: number; readonly maxDelayMs: number };
}

/** What the loops of one client share. */
export type SharedLoopOptions = Pick<LoopOptions, 'transport' | 'observer' | 'host' | 'maxResponseBytes' | 'abandon'>;

const BASE_URL = 'https://kaminari.systems';
const checkedApart = z.optional(z.unknown());

/** The rules for what client and worker have in common. `kmnrKey` and `baseUrl` are checked apart: their messages depend on the value. */
export const deliveryRules = {
  kmnrKey: checkedApart,
  baseUrl: checkedApart,
  allowInsecure: flag(),
  timeoutMs: milliseconds(1),
  windowMs: milliseconds(1),
  retry: z.optional(
    z.strictObject(
      { baseDelayMs: milliseconds(0), maxDelayMs: milliseconds(0) },
      'must be an object { baseDelayMs, maxDelayMs }',
    ),
  ),
  transport: having<Transport>(['send'], 'a transport, such as createTransport() of kiip-s2s/axios'),
};

const { retry: retryRule, transport: transportRule, ...commonRules } = deliveryRules;
const clientRules = z.strictObject({
  ...commonRules,
  maxPending: count('pings and conversions', 1),
  maxConcurrent: count('requests', 1),
  retry: retryRule,
  transport: transportRule,
  verdicts: having<VerdictStore>(
    ['note', 'find'],
    'a store of verdicts, such as memoryVerdictStore() or redisVerdictStore(client)',
  ),
  hooks: hooksRule(),
});

function findKeyProblem(kmnrKey: unknown): string | null {
  if (typeof kmnrKey !== 'string' || kmnrKey.trim() === '')
    return 'must be the key of your Kaminari integration: check that its environment variable is set';
  if (kmnrKey !== kmnrKey.trim()) return 'has white space around it: check that no line end was copied with it';
  return /[\p{Cc}\p{Surrogate}]/u.test(kmnrKey) ? 'must not hold control characters or lone surrogates' : null;
}

type OptionsSchema = Parameters<typeof listOptionIssues>[0];

/**
 * Checks and completes the options of `where`.
 *
 * @throws KiipConfigError with every problem.
 */
export function readDeliveryOptions(where: string, schema: OptionsSchema, options: unknown): KaminariSettings {
  if (options !== undefined && (typeof options !== 'object' || options === null))
    refuseOptions(where, [{ path: 'options', message: 'must be an object: { kmnrKey, … }' }]);
  const given = copyFields((options ?? {}) as Record<string, unknown>, Object.keys(schema.shape));
  if (given['hooks'] !== undefined) given['hooks'] = copyHooks(given['hooks']);
  const { kmnrKey, baseUrl = BASE_URL, allowInsecure } = given;
  const insecure = { example: BASE_URL, data: "visitors' addresses", allowInsecure: allowInsecure === true };
  refuseOptions(where, [
    ...[
      { path: 'kmnrKey', message: findKeyProblem(kmnrKey) },
      { path: 'baseUrl', message: findBaseUrlProblem(baseUrl, insecure) },
    ].flatMap(({ path, message }) => (message === null ? [] : [{ path, message }])),
    ...listOptionIssues(schema, given),
  ]);
  const { timeoutMs, windowMs, maxPending, maxConcurrent, retry } = given as unknown as KaminariClientOptions;
  return {
    kmnrKey: kmnrKey as string,
    base: new URL(baseUrl as string),
    timeoutMs: timeoutMs ?? 10_000,
    windowMs: windowMs ?? 300_000,
    maxPending: maxPending ?? 10_000,
    maxConcurrent: maxConcurrent ?? 256,
    retry: { baseDelayMs: retry?.baseDelayMs ?? 100, maxDelayMs: retry?.maxDelayMs ?? 10_000 },
  };
}

/** Checks and completes the options of `KaminariClient`. */
export const readClientOptions = (options: unknown): KaminariSettings =>
  readDeliveryOptions('KaminariClient', clientRules, options);

/** Options of `ping`, `test` and `conversion`. */
export interface SignalOptions {
  /** Ends the call early. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
}

const signalRules = z.strictObject({ signal: signal() });

/** Checks the options of `ping`, `test` and `conversion`. */
export const checkSignalOptions = (options: unknown): void => checkCallOptions(signalRules, options);

const closeRules = z.strictObject({
  graceMs: z.optional(
    z.custom((value) => value === undefined || typeof value === 'number', 'must be a number of milliseconds'),
  ),
});

/** Reads the milliseconds that `close` waits: 2,000 unless told, no longer than a timer can take. */
export function readGraceMs(options: { readonly graceMs?: number | undefined } | undefined): number {
  checkCallOptions(closeRules, options);
  const graceMs = options?.graceMs ?? 2_000;
  return graceMs > 0 ? Math.min(graceMs, MAX_TIMER_MS) : 0;
}
