import { urlToHttpOptions } from 'node:url';

/** What every request to one URL has in common. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Names the pool of connections. */
  readonly originKey: string;
  readonly hostHeader: string;
  readonly authorization: string | null;
}

const KEEP = 32;

/** Parses each URL once; a process talks to a handful of them. */
export class Targets {
  readonly #known = new Map<string, Target>();

  get(url: string): Target {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const parsed = new URL(url);
    const { hostname, port, path, auth } = urlToHttpOptions(parsed);
    const secure = parsed.protocol === 'https:';
    const host = (hostname ?? '').replace(/^\[|\]$/g, '');
    const target: Target = {
      secure,
      host,
      port: Number(port || (secure ? 443 : 80)),
      path: path ?? '/',
      originKey: parsed.origin,
      hostHeader: parsed.host,
      authorization: auth ? `Basic ${Buffer.from(auth).toString('base64')}` : null,
    };
    if (this.#known.size >= KEEP) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }
}
