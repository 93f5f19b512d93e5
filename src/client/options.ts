import { KiipConfigError, type ValidationIssue } from '../errors/index.js';
import type { AppIdentity, ContextDefaults, Platform } from '../request/context.js';
import { defaultsIssues } from '../request/defaults.js';
import { copyFields } from '../check/fields.js';
import { findBaseUrlProblem } from '../check/base-url.js';
import { joinIssues, toIssues } from '../check/issues.js';
import { callable, count, flag, having, milliseconds } from '../check/rules.js';
import { EEA_COUNTRIES } from '../request/countries.js';
import { listIdentityIssues } from '../request/validate.js';
import type { Transport } from '../call/transport.js';
import * as z from '../zod.js';
import type { Limits } from './caller.js';
import type { Hooks } from './hooks.js';
import type { RetryOptions } from './retry.js';

interface ClientSettings<D> {
  /** @defaultValue `'https://api.kiip.me'`; `http:` only to a loopback host, unless `allowInsecure`. */
  baseUrl?: string | undefined;
  /** Paths of the two calls, slashes kept as written (PROTOCOL K1). @defaultValue both `'/2.0/server/moment/'` */
  paths?: { session?: string | undefined; moment?: string | undefined } | undefined;
  /** Parts of the context that are the same in every call; what they supply becomes optional in the calls. */
  defaults?: D | undefined;
  /** Allow `http:` to any host. Personal data then travels in the clear. @defaultValue false */
  allowInsecure?: boolean | undefined;
  /** Milliseconds for one attempt, connecting included. @defaultValue 10000 */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call, retries and queueing included. @defaultValue 30000 */
  deadlineMs?: number | undefined;
  /** Pauses and number of attempts; `false`: one attempt only. @defaultValue `{ maxAttempts: 3, baseDelayMs: 250, maxDelayMs: 5000 }` */
  retry?: RetryOptions | false | undefined;
  /** Calls in flight at once. @defaultValue 256 */
  maxConcurrent?: number | undefined;
  /** Calls waiting for their turn; beyond it a call fails at once with `KiipOverloadedError`. @defaultValue 10000 */
  maxQueued?: number | undefined;
  /** Longest answer that is read, in bytes after decompression. @defaultValue 1048576 */
  maxResponseBytes?: number | undefined;
  /**
   * Countries for which a call with `context.country` is answered without sending anything (PROTOCOL K15): `'eea'`, or ISO 3166-1
   * alpha-2 codes. @defaultValue none
   */
  blockedCountries?: 'eea' | readonly string[] | undefined;
  /** @defaultValue `createTransport()` of `kiip-s2s/axios`. A transport you pass stays yours: `close()` does not close it. */
  transport?: Transport | undefined;
  /** Told of every request, answer and retry; a plain object or one of a class. @defaultValue none */
  hooks?: Hooks | undefined;
}

/** Options of {@link KiipClient}. */
export type KiipClientOptions<
  P extends Platform = 'ninthdecimal',
  D extends ContextDefaults<P> = Record<never, never>,
> = AppIdentity<P> & ClientSettings<D>;

/** Options, checked and completed. */
export interface Settings {
  readonly sessionUrl: string;
  readonly momentUrl: string;
  readonly host: string;
  readonly limits: Limits;
  readonly blockedCountries: ReadonlySet<string>;
}

const BASE_URL = 'https://api.kiip.me';
const PATH = '/2.0/server/moment/';

const PATH_RULE = "must be a path such as '/2.0/server/moment/'";
const path = z
  .string(PATH_RULE)
  .regex(/^\/[^\s?#]*$/, PATH_RULE)
  .optional();
const COUNTRIES_RULE = "must be 'eea' or an array of two-letter country codes";
const countryCode = z
  .string(COUNTRIES_RULE)
  .regex(/^[A-Za-z]{2}$/, 'must be a two-letter country code (ISO 3166-1 alpha-2)');
const HOOK_NAMES = ['onRequest', 'onResponse', 'onRetry'] as const satisfies readonly (keyof Hooks)[];

const settingsSchema = z.strictObject({
  baseUrl: z.optional(z.unknown()),
  paths: z.strictObject({ session: path, moment: path }, 'must be an object { session, moment }').optional(),
  allowInsecure: flag(),
  timeoutMs: milliseconds(1),
  deadlineMs: milliseconds(1),
  retry: z
    .strictObject(
      { maxAttempts: count('attempts', 1), baseDelayMs: milliseconds(0), maxDelayMs: milliseconds(0) },
      'must be false or { maxAttempts, baseDelayMs, maxDelayMs }, whole numbers',
    )
    .optional(),
  maxConcurrent: count('calls', 1),
  maxQueued: count('calls', 0),
  maxResponseBytes: count('bytes', 1),
  blockedCountries: z.union([z.literal('eea'), z.array(countryCode)], { error: COUNTRIES_RULE }).optional(),
  transport: having<Transport>(['send'], 'a transport, such as createTransport() of kiip-s2s/axios'),
  hooks: z
    .strictObject(
      { onRequest: callable(), onResponse: callable(), onRetry: callable() },
      'must be an object { onRequest, onResponse, onRetry }',
    )
    .optional(),
});

const IDENTITY_KEYS = ['appKey', 'appVersion', 'test', 'platform', 'sdkVersion', 'dnsCompliance', 'bundleId'] as const;

/** Takes the options apart: the app's identity by itself, so that nothing else ever reaches a payload. */
export function identityOf<P extends Platform>(options: AppIdentity<P>): AppIdentity<P> {
  const given = options as unknown as Record<string, unknown>;
  return Object.fromEntries(
    IDENTITY_KEYS.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]),
  ) as unknown as AppIdentity<P>;
}

/** The settings among the options, as the schema takes them. */
function settingsOf(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { retry, hooks, ...rest } = copyFields(options, Object.keys(settingsSchema.shape));
  for (const key of [...IDENTITY_KEYS, 'defaults']) delete rest[key];
  return {
    ...rest,
    retry: retry === false ? { maxAttempts: 1 } : retry,
    // An object of a class may have a state of its own; a plain one with other keys is misspelt.
    hooks: isInstance(hooks) ? Object.fromEntries(HOOK_NAMES.map((name) => [name, hooks[name]])) : hooks,
  };
}

function isInstance(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/** Checks and completes the options. @throws KiipConfigError with every problem. */
export function readOptions<P extends Platform, D extends ContextDefaults<P>>(
  options: KiipClientOptions<P, D>,
): Settings {
  if (typeof options !== 'object' || options === null)
    throw configError([{ path: 'options', message: 'are required: { appKey, appVersion, test, … }' }]);
  const { platform, defaults } = options;
  const issues = listIdentityIssues(identityOf(options));
  if (defaults !== undefined) issues.push(...defaultsIssues(platform === 'kiip' ? 'kiip' : 'ninthdecimal', defaults));
  const parsed = settingsSchema.safeParse(settingsOf(options as unknown as Record<string, unknown>));
  if (!parsed.success) issues.push(...toIssues(settingsSchema, parsed.error.issues));
  const baseUrl = options.baseUrl ?? BASE_URL;
  const baseUrlProblem = findBaseUrlProblem(baseUrl, {
    example: BASE_URL,
    data: "players' data",
    allowInsecure: options.allowInsecure === true,
  });
  if (baseUrlProblem !== null) issues.push({ path: 'baseUrl', message: baseUrlProblem });
  if (issues.length > 0 || !parsed.success) throw configError(issues);
  return complete(parsed.data, baseUrl);
}

function complete(given: z.output<typeof settingsSchema>, baseUrl: string): Settings {
  const url = new URL(baseUrl);
  const prefix = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
  const retry = given.retry ?? {};
  const blocked = given.blockedCountries === 'eea' ? [...EEA_COUNTRIES] : (given.blockedCountries ?? []);
  return {
    sessionUrl: prefix + (given.paths?.session ?? PATH),
    momentUrl: prefix + (given.paths?.moment ?? PATH),
    host: url.host,
    blockedCountries: new Set(blocked.map((code) => code.toUpperCase())),
    limits: {
      timeoutMs: given.timeoutMs ?? 10_000,
      deadlineMs: given.deadlineMs ?? 30_000,
      maxConcurrent: given.maxConcurrent ?? 256,
      maxQueued: given.maxQueued ?? 10_000,
      maxResponseBytes: given.maxResponseBytes ?? 1_048_576,
      retry: {
        maxAttempts: retry.maxAttempts ?? 3,
        baseDelayMs: retry.baseDelayMs ?? 250,
        maxDelayMs: retry.maxDelayMs ?? 5_000,
      },
    },
  };
}

function configError(issues: readonly ValidationIssue[]): KiipConfigError {
  return new KiipConfigError(`The client cannot be made: ${joinIssues(issues)}.`, issues);
}
