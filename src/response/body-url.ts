import { isLoopbackHost } from '../check/loopback.js';
import { KiipResponseError } from '../errors/index.js';
import { BY_HAND, type AnswerFacts } from './json.js';

/** Where the reward is shown, taken apart (PROTOCOL K20). Empty parameters count as absent. */
export interface BodyUrl {
  /** The address to open in a frame or web view. */
  readonly href: string;
  /** Last part of the path; `null` when the path is not that of a reward. */
  readonly rewardId: string | null;
  /** The part before it; `null` for a preview by its path. */
  readonly unitId: string | null;
  /** A preview, by its path or by its `preview` parameter. */
  readonly preview: boolean;
  readonly applicationId: string | null;
  readonly momentId: string | null;
  readonly locale: string | null;
  readonly sdkVersion: string | null;
  readonly mode: string | null;
  /** Every parameter; the first of a repeated one. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * An `https:` address that `URL` leaves as it is, in whose query nothing is escaped: its path and its query. `URL` is ten times as dear, so
 * it gets the rest only; a differential test holds the two against each other.
 */
const PLAIN_URL =
  /^https:\/\/(?!xn--)[a-z][a-z\d-]*(?:\.(?!xn--)[a-z][a-z\d-]*)+((?:\/(?!\.|%2[eE])[\w.~%+-]*)+)(?:\?([\w.~&=-]*))?$/;

const REWARD_PATH = /\/reward\/([^/]+)\/([^/]+)\/?$/;

function parseUrl(url: string | URL): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** Whether a user may be shown this address: https, or http to this machine for the sandbox (PROTOCOL K20). */
const isDisplayable = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));

/** The address if it may be shown, else `null`. */
export function displayableHref(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (PLAIN_URL.test(value)) return value;
  const url = parseUrl(value);
  return url !== null && isDisplayable(url) ? url.href : null;
}

/** The parts of an address that may be shown. */
interface Parts {
  readonly href: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The first of a repeated parameter counts. */
function addParam(params: Record<string, string>, name: string, text: string): void {
  if (!Object.hasOwn(params, name)) params[name] = text;
}

function splitPlain(href: string): Parts | null {
  const match = PLAIN_URL.exec(href);
  if (match === null) return null;
  const params: Record<string, string> = {};
  const query = match[2] ?? '';
  for (let start = 0, end; start < query.length; start = end + 1) {
    const next = query.indexOf('&', start);
    end = next < 0 ? query.length : next;
    const sign = query.indexOf('=', start);
    if (sign >= 0 && sign < end) addParam(params, query.slice(start, sign), query.slice(sign + 1, end));
    else if (end > start) addParam(params, query.slice(start, end), '');
  }
  return { href, path: match[1] ?? '', params };
}

function splitAny(value: string | URL): Parts | null {
  const url = parseUrl(value);
  if (url === null || !isDisplayable(url)) return null;
  const params: Record<string, string> = {};
  url.searchParams.forEach((text, name) => addParam(params, name, text));
  return { href: url.href, path: url.pathname, params };
}

function decode(segment: string | undefined): string | null {
  if (segment === undefined) return null;
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** As {@link parseBodyUrl}, for an answer whose origin is known. */
export function readBodyUrl(value: string | URL, facts: AnswerFacts): BodyUrl {
  const parts = (typeof value === 'string' ? splitPlain(value) : null) ?? splitAny(value);
  if (parts === null) {
    throw new KiipResponseError(
      'The address of the reward cannot be shown: only https: is displayable (http: to a loopback host only).',
      facts,
    );
  }
  const { href, path, params } = parts;
  const get = (name: string): string | null => params[name] || null;
  const [, unit, reward] = REWARD_PATH.exec(path) ?? [];
  return {
    href,
    rewardId: decode(reward),
    unitId: unit === 'preview' ? null : decode(unit),
    preview: unit === 'preview' || /^(?:true|1)$/i.test(params['preview'] ?? ''),
    applicationId: get('application_id'),
    momentId: get('moment_id'),
    locale: get('locale'),
    sdkVersion: get('sdk_version'),
    mode: get('mode'),
    params,
  };
}

/**
 * Takes the address of a reward page apart.
 *
 * @throws {@link KiipResponseError} when it must not be shown to a user: anything but `https:`, save `http:` to a loopback host
 * (PROTOCOL K20).
 * @example
 * parseBodyUrl('https://api.kiip.me/reward/preview/509821a1?moment_id=5463e141').preview; // true
 */
export function parseBodyUrl(url: string | URL): BodyUrl {
  return readBodyUrl(url, BY_HAND);
}
