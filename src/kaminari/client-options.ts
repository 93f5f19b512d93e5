import type { Transport } from '../call/transport.js';
import type { LoopOptions } from '../call/run.js';
import { copyHooks, hooksRule } from '../call/hook-options.js';
import { findBaseUrlProblem } from '../check/base-url.js';
import { copyFields } from '../check/fields.js';
import { checkCallOptions, listOptionIssues, refuseOptions } from '../check/check-options.js';
import { count, flag, having, MAX_TIMER_MS, milliseconds, signal } from '../check/rules.js';
import type { VerdictStore } from '../stores/verdict-store.js';
import * as z from '../zod.js';
import type { KaminariHooks } from './hooks.js';

/** Options of `KaminariClient`. */
export interface KaminariClientOptions {
  /** The integration's key. It is public: the page's script carries it. */
  readonly kmnrKey: string;
  /**
   * Kaminari's base URL; its path is kept. Must be `https:`, except for a loopback host or with `allowInsecure`.
   * @defaultValue `'https://kaminari.systems'`
   */
  readonly baseUrl?: string | undefined;
  /** Allows `http:` to any host. The visitor's address then travels in the clear. @defaultValue false */
  readonly allowInsecure?: boolean | undefined;
  /** Milliseconds for one request, connecting included. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds before the client gives up on a ping or a conversion, counted from the call (PROTOCOL M2).
   * @defaultValue 300000
   */
  readonly windowMs?: number | undefined;
  /**
   * The most pings and conversions that may be pending at once, waiting or in flight. Any further one ends as `dropped`
   * immediately.
   * @defaultValue 10000
   */
  readonly maxPending?: number | undefined;
  /** The most pings and conversions in flight at once. Further ones queue. @defaultValue 256 */
  readonly maxConcurrent?: number | undefined;
  /**
   * The pauses between the requests of a ping or a conversion, in milliseconds. Each is random, up to a limit that
   * starts at `baseDelayMs` and doubles up to `maxDelayMs`.
   * @defaultValue `{ baseDelayMs: 100, maxDelayMs: 10000 }`
   */
  readonly retry?: { readonly baseDelayMs?: number | undefined; readonly maxDelayMs?: number | undefined } | undefined;
  /**
   * Carries the requests, for example `createTransport({ proxy: 'env' })` from `kiip-s2s/axios`. You own it: the client's `close()` leaves it open.
   * @defaultValue a `createTransport()` that the client owns
   */
  readonly transport?: Transport | undefined;
  /**
   * Stores the verdicts that `verdictFor` reads. To share them between processes, pass `redisVerdictStore(client)` from `kiip-s2s/redis`.
   * @defaultValue `memoryVerdictStore()`, which covers this process only
   */
  readonly verdicts?: VerdictStore | undefined;
  /**
   * Functions that are called for every request, response and retry, and once when a call ends. Pass a plain object or
   * a class instance.
   * @defaultValue none
   */
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

/** The settings that all call loops of one client share. */
export type SharedLoopOptions = Pick<
  LoopOptions,
  'transport' | 'observer' | 'host' | 'maxResponseBytes' | 'mayAbandon'
>;

const BASE_URL = 'https://kaminari.systems';
const checkedApart = z.optional(z.unknown());

/** The rules for the options that client and worker share, except `kmnrKey` and `baseUrl`, whose messages depend on the value. */
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
  if (kmnrKey !== kmnrKey.trim())
    return 'has white space around it: remove it (a line break may have been copied with the key)';
  return /[\p{Cc}\p{Surrogate}]/u.test(kmnrKey) ? 'must not contain control characters or lone surrogates' : null;
}

type OptionsSchema = Parameters<typeof listOptionIssues>[0];

/**
 * Checks the options and fills in the defaults. `where` names the constructor or factory in messages.
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

/** Checks the options of `KaminariClient` and fills in the defaults. */
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

/** Reads the option `graceMs` of `close`: 2,000 by default, and at most what a timer can take. */
export function readGraceMs(options: { readonly graceMs?: number | undefined } | undefined): number {
  checkCallOptions(closeRules, options);
  const graceMs = options?.graceMs ?? 2_000;
  return graceMs > 0 ? Math.min(graceMs, MAX_TIMER_MS) : 0;
}
