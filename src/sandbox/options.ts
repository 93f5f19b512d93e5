import { KiipConfigError, type ValidationIssue } from '../errors/index.js';
import { isCleanText } from '../request/rules.js';
import { isLoopbackName } from './http/hosts.js';
import type { SandboxOptions } from './types.js';

/** {@link SandboxOptions} with the defaults filled in. `acceptedKey` is `null` when every app key is accepted. */
export interface ResolvedOptions {
  readonly port: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly acceptedKey: string | null;
  readonly appSecret: string | null;
  readonly callbackUrl: URL | null;
  readonly fillRate: number;
  readonly seed: number;
  readonly rewardName: string | null;
  readonly nativeUrl: string | null;
  readonly keep: number;
}

export const isFillRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Text that fits an answer and an address. */
export const isRewardText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= 10_000 && isCleanText(value);
export const REWARD_TEXT = 'must be text, at most 10000 characters, without control characters';

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;

const RULES: Record<keyof SandboxOptions, readonly [(value: unknown) => boolean, string]> = {
  port: [
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
    'must be an integer from 0 to 65535',
  ],
  host: [isText, 'must be the name or address to listen on'],
  allowedHosts: [(value) => Array.isArray(value) && value.every(isText), 'must be a list of host names'],
  appKey: [isText, 'must be a string that is not empty'],
  appSecret: [isText, 'must be a string that is not empty'],
  callbackUrl: [
    (value) => callbackUrl(value) !== null,
    'must be an https: address, or http: to a loopback host, without user and password',
  ],
  fillRate: [isFillRate, 'must be a number from 0 to 1'],
  rewardName: [isRewardText, REWARD_TEXT],
  nativeUrl: [isRewardText, REWARD_TEXT],
  seed: [Number.isSafeInteger, 'must be an integer'],
  keep: [isCount, 'must be an integer of at least 1'],
};

/** Where callbacks may go (PROTOCOL K28): plain http only where nobody can listen in. */
function callbackUrl(value: unknown): URL | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname));
  return isSafe && url.username === '' && url.password === '' ? url : null;
}

/** @throws KiipConfigError with every problem. */
export function resolveOptions(options: SandboxOptions): ResolvedOptions {
  const issues: ValidationIssue[] = [];
  for (const [path, value] of Object.entries(options)) {
    const rule = Object.hasOwn(RULES, path) ? RULES[path as keyof SandboxOptions] : undefined;
    if (rule === undefined) issues.push({ path, message: 'is not an option of the sandbox' });
    else if (value !== undefined && !rule[0](value)) issues.push({ path, message: rule[1] });
  }
  if (issues.length > 0) {
    const list = issues.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new KiipConfigError(`The sandbox was not started: ${list}.`, issues);
  }
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    allowedHosts: options.allowedHosts ?? [],
    acceptedKey: options.appKey ?? null,
    appSecret: options.appSecret ?? null,
    callbackUrl: callbackUrl(options.callbackUrl),
    fillRate: options.fillRate ?? 1,
    seed: options.seed ?? 1,
    rewardName: options.rewardName ?? null,
    nativeUrl: options.nativeUrl ?? null,
    keep: options.keep ?? 5_000,
  };
}
