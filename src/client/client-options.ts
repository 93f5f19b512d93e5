import { findBaseUrlProblem, joinUrl } from '../check/base-url.js';
import { copyFields } from '../check/fields.js';
import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { count, flag, having, milliseconds } from '../check/rules.js';
import { copyHooks, hooksRule } from '../call/hook-options.js';
import type { Transport } from '../call/transport.js';
import type { ValidationIssue } from '../errors/index.js';
import type { AppIdentity, ContextDefaults, Platform } from '../request/context.js';
import { defaultsIssues } from '../request/defaults.js';
import { isCountryOrGroup, listCountries, type CountryGroup } from '../request/countries.js';
import { listIdentityIssues, readPlatform } from '../request/validate.js';
import type { ConsentStore } from '../stores/consent-store.js';
import type { RewardBook } from '../stores/reward-book.js';
import * as z from '../zod.js';
import type { Hooks } from './hooks.js';
import type { Limits } from './platform-policy.js';
import type { RetryOptions } from './retry.js';

/** The options of {@link KiipClient}, except for the app's identity. */
export interface ClientSettings<D, S> {
  /**
   * The platform's `https:` URL; its path is kept. `http:` is accepted for a loopback host only, unless you set
   * `allowInsecure`.
   * @defaultValue `'https://api.kiip.me'`
   */
  baseUrl?: string | undefined;
  /**
   * The paths of the calls below `baseUrl`, with their slashes kept as written (PROTOCOL K1).
   * @defaultValue `'/2.0/server/moment/'` for sessions and moments, `'/ccpaconsent/'` for `reportConsents`
   */
  paths?: { session?: string | undefined; moment?: string | undefined; consent?: string | undefined } | undefined;
  /** Parts of the context for every call. A field set here becomes optional in the calls. @defaultValue none */
  defaults?: D | undefined;
  /**
   * Allows a `baseUrl` with `http:` on any host, and reward pages with `http:` on that same host (PROTOCOL K20).
   * Personal data then travels in the clear. @defaultValue `false`
   */
  allowInsecure?: boolean | undefined;
  /** Milliseconds for one attempt, connecting included. @defaultValue `10_000` */
  timeoutMs?: number | undefined;
  /** Milliseconds for the whole call, retries and queueing included. @defaultValue `30_000` */
  deadlineMs?: number | undefined;
  /**
   * How often a failed request is repeated, and after which pauses. `false` makes one attempt only.
   * @defaultValue `{ maxAttempts: 3, baseDelayMs: 250, maxDelayMs: 5_000 }`
   */
  retry?: RetryOptions | false | undefined;
  /** The most calls in flight at once. Further calls wait in line. @defaultValue `256` */
  maxConcurrent?: number | undefined;
  /** The most calls in line. Further calls reject with `KiipOverloadedError`. @defaultValue `10_000` */
  maxQueued?: number | undefined;
  /** The longest decompressed answer, in bytes. A longer one is a `KiipResponseError`. @defaultValue `1_048_576` */
  maxResponseBytes?: number | undefined;
  /**
   * Countries whose calls are answered without sending anything (PROTOCOL K15): `'eea'`, `'gdpr'`, or an array of
   * groups and ISO 3166-1 alpha-2 codes such as `['gdpr', 'BR']`. The call's `context.country` decides. @defaultValue none
   */
  blockedCountries?: CountryGroup | readonly string[] | undefined;
  /**
   * What to do with a call without `context.country`: `'send'` it, or `'block'` it as if from a blocked country.
   * Required when `blockedCountries` is set, because neither is a safe default. @defaultValue none
   */
  unknownCountry?: 'send' | 'block' | undefined;
  /**
   * Remembers players' choices about the sale of their data and sends each with the next call of each of the player's
   * devices (docs/consent.md). With a store, `consent` in a context is refused. NinthDecimal only. @defaultValue none
   */
  consentStore?: S;
  /**
   * Notes every reward that is handed out, so that a callback receiver can recognise forged callbacks (PROTOCOL K26).
   * Noting never delays or fails a moment. @defaultValue none
   */
  rewardBook?: RewardBook | undefined;
  /**
   * Carries the requests, such as `createTransport({ proxy: 'env' })` of `kiip-s2s/axios`. You own it: the client's
   * `close()` does not close it. @defaultValue a `createTransport()` of the client's own
   */
  transport?: Transport | undefined;
  /** Called for each request, answer, retry and end of a call: an object or a class instance. @defaultValue none */
  hooks?: Hooks | undefined;
}

/** Options of {@link KiipClient}. */
export type KiipClientOptions<
  P extends Platform = 'ninthdecimal',
  D extends ContextDefaults<P> = Record<never, never>,
  S extends ConsentStore | undefined = ConsentStore | undefined,
> = AppIdentity<P> & ClientSettings<D, S>;

/** The options, checked, with every default filled in. */
export interface Settings {
  readonly sessionUrl: string;
  readonly momentUrl: string;
  readonly consentUrl: string;
  readonly host: string;
  /** The host whose `http:` reward pages are accepted too (PROTOCOL K20); `null` for none. */
  readonly insecureHost: string | null;
  readonly limits: Limits;
  readonly blockedCountries: ReadonlySet<string>;
  readonly blocksUnknown: boolean;
  readonly consentStore: ConsentStore | null;
  readonly rewardBook: RewardBook | null;
}

const BASE_URL = 'https://api.kiip.me';
const PATH = '/2.0/server/moment/';
const CONSENT_PATH = '/ccpaconsent/';

const PATH_RULE = "must be a path such as '/2.0/server/moment/'";
const path = z
  .string(PATH_RULE)
  .regex(/^\/[^\s?#]*$/, PATH_RULE)
  .optional();
const COUNTRIES_RULE = "must be 'eea', 'gdpr', or an array of these and two-letter country codes";
const country = z.string(COUNTRIES_RULE).refine(isCountryOrGroup, "must be 'eea', 'gdpr' or a two-letter country code");
const UNKNOWN_RULE = "must be 'send' or 'block': what happens to a call without context.country";
const IDENTITY_KEYS = ['appKey', 'appVersion', 'test', 'platform', 'sdkVersion', 'dnsCompliance', 'bundleId'] as const;
const checkedElsewhere = z.optional(z.unknown());

const settingsSchema = z.strictObject({
  // The rules of these depend on other options and are checked elsewhere. They are listed here so that misspelt names
  // get a suggestion.
  appKey: checkedElsewhere,
  appVersion: checkedElsewhere,
  test: checkedElsewhere,
  platform: checkedElsewhere,
  sdkVersion: checkedElsewhere,
  dnsCompliance: checkedElsewhere,
  bundleId: checkedElsewhere,
  defaults: checkedElsewhere,
  baseUrl: checkedElsewhere,
  paths: z
    .strictObject({ session: path, moment: path, consent: path }, 'must be an object { session, moment, consent }')
    .optional(),
  allowInsecure: flag(),
  timeoutMs: milliseconds(1),
  deadlineMs: milliseconds(1),
  retry: z
    .strictObject(
      { maxAttempts: count('attempts', 1), baseDelayMs: milliseconds(0), maxDelayMs: milliseconds(0) },
      'must be false or { maxAttempts, baseDelayMs, maxDelayMs } with whole numbers',
    )
    .optional(),
  maxConcurrent: count('calls', 1),
  maxQueued: count('calls', 0),
  maxResponseBytes: count('bytes', 1),
  blockedCountries: z.union([z.enum(['eea', 'gdpr']), z.array(country)], { error: COUNTRIES_RULE }).optional(),
  unknownCountry: z.enum(['send', 'block'], UNKNOWN_RULE).optional(),
  consentStore: having<ConsentStore>(
    ['put', 'due', 'delivered', 'history'],
    'a consent store, such as memoryConsentStore() of kiip-s2s/consent',
  ),
  rewardBook: having<RewardBook>(['note', 'find'], 'a reward book, such as memoryRewardBook() of kiip-s2s/callbacks'),
  transport: having<Transport>(['send'], 'a transport, such as createTransport() of kiip-s2s/axios'),
  hooks: hooksRule(),
});

type CheckedOptions = z.output<typeof settingsSchema>;
type Fields = Readonly<Record<string, unknown>>;

/** Picks the app's identity from the options, so that nothing else ever reaches a payload. */
export function pickIdentity<P extends Platform>(options: AppIdentity<P>): AppIdentity<P> {
  const given = options as unknown as Record<string, unknown>;
  return Object.fromEntries(
    IDENTITY_KEYS.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]),
  ) as unknown as AppIdentity<P>;
}

/** Makes a plain copy of the options, in the form that the schema takes. */
function copyOptions(options: object): Record<string, unknown> {
  const copy = copyFields(options as Record<string, unknown>, Object.keys(settingsSchema.shape));
  const { retry, hooks } = copy;
  if (retry === false) copy['retry'] = { maxAttempts: 1 };
  if (hooks !== undefined) copy['hooks'] = copyHooks(hooks);
  return copy;
}

/** Lists the problems of options that are valid on their own but not together. */
function listTogetherIssues({
  blockedCountries,
  unknownCountry,
  consentStore,
  platform,
  defaults,
}: Fields): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  if (blockedCountries !== undefined && unknownCountry === undefined)
    issues.push({ path: 'unknownCountry', message: `is required with blockedCountries and ${UNKNOWN_RULE}` });
  if (consentStore === undefined) return issues;
  if (platform === 'kiip') issues.push({ path: 'consentStore', message: "needs platform 'ninthdecimal'" });
  if ((defaults as Fields | undefined)?.['consent'] !== undefined)
    issues.push({
      path: 'defaults.consent',
      message: "is refused with a consentStore, which has each player's choice",
    });
  return issues;
}

/**
 * Checks the options and fills in the defaults.
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
  const issues = listIdentityIssues(pickIdentity(options));
  if (defaults !== undefined) issues.push(...defaultsIssues(readPlatform({ platform }), defaults));
  issues.push(...listTogetherIssues(given));
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
  return {
    sessionUrl: joinUrl(base, given.paths?.session ?? PATH),
    momentUrl: joinUrl(base, given.paths?.moment ?? PATH),
    consentUrl: joinUrl(base, given.paths?.consent ?? CONSENT_PATH),
    host: base.host,
    insecureHost: given.allowInsecure === true ? base.hostname : null,
    blockedCountries: listCountries(given.blockedCountries ?? []),
    blocksUnknown: given.blockedCountries !== undefined && given.unknownCountry === 'block',
    consentStore: given.consentStore ?? null,
    rewardBook: given.rewardBook ?? null,
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
