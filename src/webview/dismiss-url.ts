import { asBrowsersReadIt } from './kiip-url.js';

/** How a reward ended, as its last URL tells it (PROTOCOL K29). */
export interface DismissResult {
  /** `true`: the player redeemed the reward. `false`: closed without redeeming. */
  redeemed: boolean;
  /** Where to send the player next, in a new view that they can close; `http:` or `https:` only, else `null`. */
  nativeUrl: string | null;
  /** `true` when there was a `native_url` that must not be opened (`javascript:`, `intent:`, `file:` …) and was dropped. */
  droppedNativeUrl: boolean;
}

/** One pass only, so `%2525` becomes `%25`. Escapes that are no UTF-8 stay as they are: a hostile page must not make us throw. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** The first of a repeated parameter counts, and `+` is left alone: a redirect's own `+` must survive. */
function parameter(query: string, wanted: string): string | null {
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (decodeOnce(name) === wanted) return equals < 0 ? '' : decodeOnce(pair.slice(equals + 1));
  }
  return null;
}

/** A control character or leading blank could make another program read another scheme than we checked. */
const OPENABLE = /^https?:\/\/[^\u0000-\u0020\u007f/?#\\][^\u0000-\u001f\u007f]*$/i;

/**
 * Reads the URL with which a reward page ends, `kiip://did_dismiss`, with or without `/` before the query, scheme and host in any
 * case (PROTOCOL K29). No `close` parameter means redeemed; `close` with any value but `false` or `0` means closed. Works
 * where the host has no complete `URL` class, as in React Native. Never throws.
 *
 * @returns `null` when the URL is anything else, other `kiip:` URLs included.
 * @example
 * ```ts
 * import { parseDismissUrl } from 'kiip-s2s/webview';
 *
 * parseDismissUrl('kiip://did_dismiss?close=true'); // { redeemed: false, nativeUrl: null, droppedNativeUrl: false }
 * parseDismissUrl('kiip://did_dismiss?native_url=https://kiip.me'); // { redeemed: true, nativeUrl: 'https://kiip.me', … }
 * parseDismissUrl('https://kiip.me/'); // null
 * ```
 */
export function parseDismissUrl(url: string): DismissResult | null {
  if (typeof url !== 'string') return null;
  const parts = /^kiip:\/\/did_dismiss\/?(?:\?([^#]*))?(?:#|$)/i.exec(asBrowsersReadIt(url));
  if (parts === null) return null;
  const query = parts[1] ?? '';
  const close = parameter(query, 'close');
  const target = parameter(query, 'native_url') ?? '';
  const openable = OPENABLE.test(target);
  return {
    redeemed: close === null || close === 'false' || close === '0',
    nativeUrl: openable ? target : null,
    droppedNativeUrl: !openable && target !== '',
  };
}
