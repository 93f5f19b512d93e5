import { findBaseUrlProblem, parseUrl } from '../check/base-url.js';
import { isLoopbackHost } from '../check/loopback.js';
import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { count, flag, text } from '../check/rules.js';
import type { ValidationIssue } from '../errors/index.js';
import { isCleanText } from '../request/rules.js';
import * as z from '../zod.js';
import type { SandboxOptions } from './sandbox-options.js';

/** {@link SandboxOptions} with the defaults filled in. `acceptedKey` is `null` when every app key is accepted. */
export interface ResolvedOptions {
  readonly port: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly publicUrl: URL | null;
  readonly acceptedKey: string | null;
  readonly appSecret: string | null;
  readonly callbackUrl: URL | null;
  readonly fillRate: number;
  readonly seed: number;
  readonly rewardName: string | null;
  readonly nativeUrl: string | null;
  readonly bridge: 'none' | 'sdk';
  readonly keep: number;
  readonly maxBodyBytes: number;
  readonly stateFile: string | null;
  readonly unref: boolean;
}

const MAX_BODY_BYTES = 1024 * 1024;
/** A body becomes one text, and JavaScript cannot make a longer one. */
const LONGEST_BODY = 256 * 1024 * 1024;

export const isFillRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/** Whether a text can go into an answer and a URL. */
export const isRewardText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= 10_000 && isCleanText(value);
export const REWARD_TEXT = 'must be text, at most 10000 characters, without control characters';

const matching = (isFine: (value: unknown) => boolean, message: string) =>
  z.optional(z.custom((value) => value === undefined || isFine(value), message));

/**
 * Describes what is wrong with a callback URL (PROTOCOL K28); `null` when it is fine. Plain `http:` must go to a
 * loopback host, where nobody can listen in, unless `allowInsecure` is set.
 */
export function findCallbackUrlProblem(
  value: unknown,
  { allowInsecure = false }: { readonly allowInsecure?: boolean | undefined },
): string | null {
  const url = typeof value === 'string' ? parseUrl(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an absolute https: URL';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (url.protocol === 'https:' || isLoopbackHost(url.hostname) || allowInsecure) return null;
  return 'must be an https: URL, or http: to a loopback host; set allowInsecureCallback: true to send callbacks over http: anyway';
}

const PUBLIC_URL = { example: 'http://sandbox:8301', data: 'nothing real', allowInsecure: true };

const schema = z.strictObject({
  port: count('a port', 0, 65_535),
  host: text('the name or address to listen on'),
  allowedHosts: matching(
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
    'must be a list of host names',
  ),
  publicUrl: z.optional(z.string(`must be an absolute URL such as '${PUBLIC_URL.example}'`)),
  appKey: text('text that is not empty'),
  appSecret: text('text that is not empty'),
  callbackUrl: z.optional(z.string('must be an absolute https: URL')),
  allowInsecureCallback: flag(),
  fillRate: matching(isFillRate, 'must be a number from 0 to 1'),
  seed: matching(Number.isSafeInteger, 'must be an integer'),
  rewardName: matching(isRewardText, REWARD_TEXT),
  nativeUrl: matching(isRewardText, REWARD_TEXT),
  bridge: matching((value) => value === 'none' || value === 'sdk', "must be 'none' or 'sdk'"),
  keep: count('records', 1),
  maxBodyBytes: count('bytes', 1, LONGEST_BODY),
  stateFile: text('the path of a file'),
  unref: flag(),
});

/** Checks rules across several options. The schema alone reports values of a wrong type. */
function listUrlIssues({ callbackUrl, publicUrl, allowInsecureCallback }: SandboxOptions): ValidationIssue[] {
  const problems: [path: string, message: string | null][] = [];
  if (typeof callbackUrl === 'string')
    problems.push(['callbackUrl', findCallbackUrlProblem(callbackUrl, { allowInsecure: allowInsecureCallback })]);
  if (typeof publicUrl === 'string') problems.push(['publicUrl', findBaseUrlProblem(publicUrl, PUBLIC_URL)]);
  return problems.flatMap(([path, message]) => (message === null ? [] : [{ path, message }]));
}

const toUrl = (value: string | undefined): URL | null => (value === undefined ? null : new URL(value));

/** @throws KiipConfigError with every problem. */
export function resolveOptions(options: SandboxOptions): ResolvedOptions {
  refuseOptions('startSandbox', [...listOptionIssues(schema, options), ...listUrlIssues(options)]);
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    allowedHosts: options.allowedHosts ?? [],
    publicUrl: toUrl(options.publicUrl),
    acceptedKey: options.appKey ?? null,
    appSecret: options.appSecret ?? null,
    callbackUrl: toUrl(options.callbackUrl),
    fillRate: options.fillRate ?? 1,
    seed: options.seed ?? 1,
    rewardName: options.rewardName ?? null,
    nativeUrl: options.nativeUrl ?? null,
    bridge: options.bridge ?? 'none',
    keep: options.keep ?? 5_000,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    stateFile: options.stateFile ?? null,
    unref: options.unref ?? false,
  };
}
