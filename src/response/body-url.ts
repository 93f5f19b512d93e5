import { parseUrl } from '../check/base-url.js';
import { isLoopbackHost } from '../check/loopback.js';
import { KiipResponseError } from '../errors/index.js';
import { BY_HAND, type AnswerFacts } from './json.js';

/** The parts of a reward page's URL (PROTOCOL K20). Empty parameters count as absent. */
export interface BodyUrl {
  /** The URL to open in a frame or web view. */
  readonly href: string;
  /** The reward's id, the last part of the path; `null` when the path is not that of a reward. */
  readonly rewardId: string | null;
  /** The unit's id, the part before it; `null` when the path says that it is a preview. */
  readonly unitId: string | null;
  /** Whether the path or the `preview` parameter marks a preview. */
  readonly preview: boolean;
  /** The parameter `application_id`: the app in the dashboard. */
  readonly applicationId: string | null;
  /** The parameter `moment_id`: the moment that was rewarded. */
  readonly momentId: string | null;
  /** The parameter `locale`, such as `en_US`. */
  readonly locale: string | null;
  /** The parameter `sdk_version`: the version that the call named. */
  readonly sdkVersion: string | null;
  /** The parameter `mode`, such as `standalone`. */
  readonly mode: string | null;
  /** Every parameter; of a repeated one the first value. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Matches an `https:` address that `URL` would leave unchanged and whose query has no escapes. `URL` takes much longer,
 * so only the other addresses go through it. A differential test compares the two.
 */
const PLAIN_URL =
  /^https:\/\/(?!xn--)[a-z][a-z\d-]*(?:\.(?!xn--)[a-z][a-z\d-]*)+(?:\/(?!\.|%2[eE])[\w.~%+-]*)+(?:\?[\w.~&=-]*)?$/;

const REWARD_PATH = /\/reward\/([^/]+)\/([^/]+)\/?$/;

/** Which addresses may be shown besides `https:` and loopback `http:` ones. */
export interface DisplayRule {
  /** The host (`url.hostname`) whose `http:` addresses may be shown too: with `allowInsecure`, that of the base URL. */
  readonly insecureHost: string | null;
}

/** The default rule, which adds no host. */
export const SECURE_ONLY: DisplayRule = { insecureHost: null };

/** Whether a user may be shown this address (PROTOCOL K20). */
const isDisplayable = ({ protocol, hostname }: URL, { insecureHost }: DisplayRule): boolean =>
  protocol === 'https:' || (protocol === 'http:' && (isLoopbackHost(hostname) || hostname === insecureHost));

/** Returns the address if it may be shown, otherwise `null`. */
export function displayableHref(value: unknown, rule: DisplayRule): string | null {
  if (typeof value !== 'string') return null;
  if (PLAIN_URL.test(value)) return value;
  const url = parseUrl(value);
  return url !== null && isDisplayable(url, rule) ? url.href : null;
}

/** The parts of an address that may be shown. */
interface Parts {
  readonly href: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Adds a parameter unless it is known: of a repeated parameter, the first counts. */
function addParam(params: Record<string, string>, name: string, text: string): void {
  if (!Object.hasOwn(params, name)) params[name] = text;
}

function splitPlain(href: string): Parts | null {
  if (!PLAIN_URL.test(href)) return null;
  const params: Record<string, string> = {};
  const mark = href.indexOf('?');
  const pathEnd = mark < 0 ? href.length : mark;
  const query = href.slice(pathEnd + 1);
  let sign = query.indexOf('=');
  for (let start = 0, end; start < query.length; start = end + 1) {
    const next = query.indexOf('&', start);
    end = next < 0 ? query.length : next;
    // Keep the last sign found: a search for each parameter would scan a query without signs once per parameter.
    if (sign >= 0 && sign < start) sign = query.indexOf('=', start);
    if (sign >= 0 && sign < end) addParam(params, query.slice(start, sign), query.slice(sign + 1, end));
    else if (end > start) addParam(params, query.slice(start, end), '');
  }
  return { href, path: href.slice(href.indexOf('/', 'https://'.length), pathEnd), params };
}

function splitAny(value: string | URL, rule: DisplayRule): Parts | null {
  const url = parseUrl(value);
  if (url === null || !isDisplayable(url, rule)) return null;
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

/** Does what {@link parseBodyUrl} does, with the facts of a call for its errors. */
export function readBodyUrl(value: string | URL, facts: AnswerFacts, rule: DisplayRule): BodyUrl {
  const parts = (typeof value === 'string' ? splitPlain(value) : null) ?? splitAny(value, rule);
  if (parts === null) {
    throw new KiipResponseError(
      "The address of the reward cannot be shown: it must be https:, or http: to a loopback host or, with allowInsecure, to the base URL's own host.",
      facts,
    );
  }
  const { href, path, params } = parts;
  const match = REWARD_PATH.exec(path);
  const unit = match?.[1];
  const reward = match?.[2];
  return {
    href,
    rewardId: decode(reward),
    unitId: unit === 'preview' ? null : decode(unit),
    preview: unit === 'preview' || /^(?:true|1)$/i.test(params['preview'] ?? ''),
    applicationId: params['application_id'] || null,
    momentId: params['moment_id'] || null,
    locale: params['locale'] || null,
    sdkVersion: params['sdk_version'] || null,
    mode: params['mode'] || null,
    params,
  };
}

/**
 * Parses the URL of a reward page.
 *
 * @throws {@link KiipResponseError} when it must not be shown to a user: only `https:`, or `http:` to a loopback host, may be shown
 * (PROTOCOL K20).
 * @example
 * ```ts
 * import { parseBodyUrl } from 'kiip-s2s';
 *
 * parseBodyUrl('https://api.kiip.me/reward/preview/509821a1?moment_id=5463e141').preview; // true
 * ```
 */
export function parseBodyUrl(url: string | URL): BodyUrl {
  return readBodyUrl(url, BY_HAND, SECURE_ONLY);
}
