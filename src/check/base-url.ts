import { isLoopbackHost } from './loopback.js';

/** What {@link findBaseUrlProblem} needs for its checks and messages. */
export interface BaseUrlRule {
  /** A valid URL, such as `https://api.kiip.me`. */
  readonly example: string;
  /** Whose data would travel in the clear, such as `players' data`. */
  readonly data: string;
  /** The caller's `allowInsecure`. */
  readonly allowInsecure: boolean;
}

/** Parses a URL, relative to `base` if there is one; `null` for a text that is not a URL. */
export function parseUrl(text: string | URL, base?: string | URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/**
 * Says what is wrong with a base URL, or returns `null`. The message never repeats the URL, which may hold a password.
 */
export function findBaseUrlProblem(text: unknown, { example, data, allowInsecure }: BaseUrlRule): string | null {
  const url = typeof text === 'string' ? parseUrl(text) : null;
  if (url === null) return `must be an absolute URL such as '${example}'`;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return 'must not hold a user, a password, a query or a fragment';
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return 'must begin with https:, or with http: for a loopback host';
  if (isLoopbackHost(url.hostname) || allowInsecure) return null;
  return `must begin with https:, because ${data} would travel in the clear; set allowInsecure: true to send it anyway`;
}

/** Builds the URL of an endpoint. Keeps the base URL's path, and the slashes of `path` as written. */
export function joinUrl(base: URL, path: string): string {
  const prefix = base.pathname.endsWith('/') ? base.pathname.slice(0, -1) : base.pathname;
  return `${base.origin}${prefix}${path}`;
}
