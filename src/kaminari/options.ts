import { KiipConfigError, type ValidationIssue } from '../errors/index.js';
import type { Transport } from '../call/transport.js';
import type { KaminariHooks } from './types.js';

/** Options of `KaminariClient`. */
export interface KaminariClientOptions {
  /** The integration's key. It is public: the page's script carries it. */
  readonly kmnrKey: string;
  /** Default `https://kaminari.systems`. `http:` only to a loopback host, unless `allowInsecure`. */
  readonly baseUrl?: string | undefined;
  /** Allows `http:` to any host. Default `false`: the visitor's address travels in the clear. */
  readonly allowInsecure?: boolean | undefined;
  /** Milliseconds for one request, connect included. Default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds, from the call of `ping`, after which a ping is useless (PROTOCOL M2). Default 300 000. */
  readonly windowMs?: number | undefined;
  /** Pings that may wait or be on their way; beyond, a ping is `dropped` at once. Default 10 000. */
  readonly maxPending?: number | undefined;
  /** Requests at the same time; the other pings wait in line. Default 256. */
  readonly maxConcurrent?: number | undefined;
  /** The pauses between two requests: a random time up to `baseDelayMs`, doubled each time, at most `maxDelayMs`. Default 100 and 10 000. */
  readonly retry?: { readonly baseDelayMs?: number | undefined; readonly maxDelayMs?: number | undefined } | undefined;
  /** Default: `createTransport()` of `kiip-s2s/axios`, closed with the client. One that you pass stays yours to close. */
  readonly transport?: Transport | undefined;
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
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** The longest time that Node's timers take. */
const MAX_TIMER_MS = 2_147_483_647;
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

function issueOfKey(kmnrKey: unknown): string | null {
  if (typeof kmnrKey !== 'string' || kmnrKey.trim() === '')
    return 'must be the key of your Kaminari integration; is its environment variable set?';
  if (kmnrKey !== kmnrKey.trim()) return 'has white space around it; was a line end copied with it?';
  return /[\p{Cc}\p{Surrogate}]/u.test(kmnrKey) ? 'must not hold control characters or lone surrogates' : null;
}

function issueOfBase(text: unknown, allowInsecure: boolean): string | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return 'must be a URL such as https://kaminari.systems';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'must have no user, password, query or fragment';
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return 'must begin with https://';
  return allowInsecure || LOOPBACK.test(url.hostname)
    ? null
    : 'must begin with https://, since visitors’ addresses travel with each ping; allowInsecure: true overrides it';
}

/** What is wrong with a number, or `null`. */
export function issueOfNumber(value: unknown, least: number, most: number): string | null {
  const fits = typeof value === 'number' && value >= least && value <= most && (least === 0 || Number.isInteger(value));
  return fits ? null : `must be a number from ${least} to ${most}`;
}

const RETRY_OPTIONS = ['baseDelayMs', 'maxDelayMs'];
const HOOKS = ['onRequest', 'onResponse', 'onRetry', 'onSettled'];
export const OPTION_NAMES = [
  'kmnrKey',
  'baseUrl',
  'allowInsecure',
  'timeoutMs',
  'windowMs',
  'maxPending',
  'maxConcurrent',
  'retry',
  'transport',
  'hooks',
];

/** A misspelled option would be one without effect. */
export function unknownNames(given: object | undefined, known: readonly string[], prefix = ''): ValidationIssue[] {
  return Object.keys(given ?? {})
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: prefix + name, message: `is not known; there are ${known.join(', ')}` }));
}

/**
 * @param alsoKnown - names of options that are read elsewhere.
 * @throws KiipConfigError with all problems.
 */
export function readOptions(options: KaminariClientOptions, alsoKnown: readonly string[] = []): KaminariSettings {
  const given = (options ?? {}) as KaminariClientOptions;
  const { kmnrKey, baseUrl = 'https://kaminari.systems', timeoutMs = 10_000, windowMs = 300_000 } = given;
  const { maxPending = 10_000, maxConcurrent = 256, allowInsecure = false } = given;
  const { baseDelayMs = 100, maxDelayMs = 10_000 } = given.retry ?? {};
  const checks: readonly (readonly [string, string | null])[] = [
    ['kmnrKey', issueOfKey(kmnrKey)],
    ['baseUrl', issueOfBase(baseUrl, allowInsecure)],
    ['allowInsecure', typeof allowInsecure === 'boolean' ? null : 'must be true or false'],
    ['timeoutMs', issueOfNumber(timeoutMs, 1, MAX_TIMER_MS)],
    ['windowMs', issueOfNumber(windowMs, 1, MAX_TIMER_MS)],
    ['maxPending', issueOfNumber(maxPending, 1, Number.MAX_SAFE_INTEGER)],
    ['maxConcurrent', issueOfNumber(maxConcurrent, 1, Number.MAX_SAFE_INTEGER)],
    ['retry.baseDelayMs', issueOfNumber(baseDelayMs, 0, MAX_TIMER_MS)],
    ['retry.maxDelayMs', issueOfNumber(maxDelayMs, 0, MAX_TIMER_MS)],
    [
      'transport',
      given.transport === undefined || typeof given.transport?.send === 'function' ? null : 'must have a method send',
    ],
  ];
  const issues: ValidationIssue[] = [
    ...unknownNames(given, [...OPTION_NAMES, ...alsoKnown]),
    ...unknownNames(given.retry, RETRY_OPTIONS, 'retry.'),
    ...unknownNames(given.hooks, HOOKS, 'hooks.'),
    ...checks.flatMap(([path, message]) => (message === null ? [] : [{ path, message }])),
    ...Object.entries(given.hooks ?? {}).flatMap(([name, hook]: [string, unknown]) =>
      hook === undefined || typeof hook === 'function' || !HOOKS.includes(name)
        ? []
        : [{ path: `hooks.${name}`, message: 'must be a function' }],
    ),
  ];
  if (issues.length > 0)
    throw new KiipConfigError(
      `Kaminari options: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      issues,
    );
  return { kmnrKey, base: new URL(baseUrl), timeoutMs, windowMs, maxPending, maxConcurrent, baseDelayMs, maxDelayMs };
}

/** The address of an endpoint; a path in the base URL is kept. */
export const endpoint = (base: URL, path: string): string => `${base.origin}${base.pathname.replace(/\/$/, '')}${path}`;

/** Milliseconds that `close` waits: 2 000 unless told, no longer than a timer can take. */
export function graceMsOf({ graceMs = 2_000 }: { readonly graceMs?: number | undefined } = {}): number {
  return graceMs > 0 ? Math.min(graceMs, MAX_TIMER_MS) : 0;
}
