import { findBaseUrlProblem, joinUrl } from '../check/base-url.js';
import { copyFields } from '../check/fields.js';
import { listOptionIssues, refuseOptions } from '../check/options.js';
import { count, flag, having, milliseconds } from '../check/rules.js';
import { copyHooks, hooksRule } from '../call/hook-options.js';
import type { Transport } from '../call/transport.js';
import type { AppIdentity, ContextDefaults, Platform } from '../request/context.js';
import { defaultsIssues } from '../request/defaults.js';
import { EEA } from '../request/rules.js';
import { identityIssues } from '../request/validate.js';
import * as z from '../zod.js';
import type { Hooks } from './hooks.js';
import type { Limits } from './platform-policy.js';
import type { RetryOptions } from './retry.js';

interface ClientSettings<D> {
  /**
   * Where the platform is: an `https:` URL, whose path is kept. `http:` is taken for a loopback host only, unless `allowInsecure` is set.
   * @defaultValue `'https://api.kiip.me'`
   */
  baseUrl?: string | undefined;
  /**
   * The paths of the two calls below `baseUrl`, with their slashes kept as written (PROTOCOL K1).
   * @defaultValue `'/2.0/server/moment/'` for both
   */
  paths?: { session?: string | undefined; moment?: string | undefined } | undefined;
  /**
   * Parts of the context that are the same in every call. What they supply becomes optional in the calls.
   * @defaultValue none
   */
  defaults?: D | undefined;
  /** Allows `http:` to any host. Personal data then travels in the clear. @defaultValue false */
  allowInsecure?: boolean | undefined;
  /** Milliseconds for one attempt, connecting included. @defaultValue 10000 */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call, retries and queueing included. @defaultValue 30000 */
  deadlineMs?: number | undefined;
  /**
   * How often a failed request is repeated, and after which pauses; `false` makes one attempt only.
   * @defaultValue `{ maxAttempts: 3, baseDelayMs: 250, maxDelayMs: 5000 }`
   */
  retry?: RetryOptions | false | undefined;
  /** Calls in flight at once; the others wait in line. @defaultValue 256 */
  maxConcurrent?: number | undefined;
  /** Calls waiting for their turn. Beyond it a call fails at once with `KiipOverloadedError`. @defaultValue 10000 */
  maxQueued?: number | undefined;
  /** Longest answer that is read, in bytes after decompression. @defaultValue 1048576 */
  maxResponseBytes?: number | undefined;
  /**
   * Countries for which a call with `context.country` is answered without sending anything (PROTOCOL K15): `'eea'`, or ISO 3166-1
   * alpha-2 codes. @defaultValue none
   */
  blockedCountries?: 'eea' | readonly string[] | undefined;
  /**
   * What carries the requests, such as `createTransport({ proxy: 'env' })` of `kiip-s2s/axios`. It stays yours: `close()` does not
   * close it. @defaultValue a `createTransport()` of the client's own
   */
  transport?: Transport | undefined;
  /** Functions told of every request, answer, retry and end of a call; a plain object or one of a class. @defaultValue none */
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
const IDENTITY_KEYS = ['appKey', 'appVersion', 'test', 'platform', 'sdkVersion', 'dnsCompliance', 'bundleId'] as const;
const checkedElsewhere = z.optional(z.unknown());

const settingsSchema = z.strictObject({
  // Their rules depend on the dialect; the names belong here, so that a misspelt one is told which it was meant to be.
  appKey: checkedElsewhere,
  appVersion: checkedElsewhere,
  test: checkedElsewhere,
  platform: checkedElsewhere,
  sdkVersion: checkedElsewhere,
  dnsCompliance: checkedElsewhere,
  bundleId: checkedElsewhere,
  defaults: checkedElsewhere,
  baseUrl: checkedElsewhere,
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
  hooks: hooksRule(),
});

type CheckedOptions = z.output<typeof settingsSchema>;

/** Picks the app's identity out of the options, so that nothing else ever reaches a payload. */
export function pickIdentity<P extends Platform>(options: AppIdentity<P>): AppIdentity<P> {
  const given = options as unknown as Record<string, unknown>;
  return Object.fromEntries(
    IDENTITY_KEYS.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]),
  ) as unknown as AppIdentity<P>;
}

/** A plain copy of the options, in the form that the schema takes. */
function copyOptions(options: object): Record<string, unknown> {
  const copy = copyFields(options as Record<string, unknown>, Object.keys(settingsSchema.shape));
  const { retry, hooks } = copy;
  if (retry === false) copy['retry'] = { maxAttempts: 1 };
  if (hooks !== undefined) copy['hooks'] = copyHooks(hooks);
  return copy;
}

/**
 * Checks and completes the options.
 *
 * @throws KiipConfigError with every problem.
 */
export function readClientOptions<P extends Platform, D extends ContextDefaults<P>>(
  options: KiipClientOptions<P, D>,
): Settings {
  if (typeof options !== 'object' || options === null)
    refuseOptions('KiipClient', [{ path: 'options', message: 'are required: { appKey, appVersion, test, … }' }]);
  const given = copyOptions(options);
  const { platform, defaults, baseUrl = BASE_URL, allowInsecure } = given;
  const issues = identityIssues(pickIdentity(options));
  if (defaults !== undefined) issues.push(...defaultsIssues(platform === 'kiip' ? 'kiip' : 'ninthdecimal', defaults));
  issues.push(...listOptionIssues(settingsSchema, given));
  const baseUrlProblem = findBaseUrlProblem(baseUrl, {
    example: BASE_URL,
    data: "players' data",
    allowInsecure: allowInsecure === true,
  });
  if (baseUrlProblem !== null) issues.push({ path: 'baseUrl', message: baseUrlProblem });
  refuseOptions('KiipClient', issues);
  return complete(given as CheckedOptions, new URL(baseUrl as string));
}

function complete(given: CheckedOptions, base: URL): Settings {
  const retry = given.retry ?? {};
  const blocked = given.blockedCountries === 'eea' ? [...EEA] : (given.blockedCountries ?? []);
  return {
    sessionUrl: joinUrl(base, given.paths?.session ?? PATH),
    momentUrl: joinUrl(base, given.paths?.moment ?? PATH),
    host: base.host,
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
