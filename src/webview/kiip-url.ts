/** Tab and newlines vanish anywhere in a URL, and controls and spaces at its ends, before a browser or a web view acts on it. */
export function asBrowsersReadIt(url: string): string {
  let from = 0;
  let to = url.length;
  while (from < to && url.charCodeAt(from) <= 0x20) from += 1;
  while (to > from && url.charCodeAt(to - 1) <= 0x20) to -= 1;
  return url.slice(from, to).replace(/[\t\n\r]/g, '');
}

/**
 * Whether a URL is the platform's own and must not be loaded: every `kiip:` URL, in any letter case. Any other URL is not ours
 * (PROTOCOL K29). Never throws; what is not a string is `false`.
 *
 * @example
 * ```ts
 * import { isKiipUrl } from 'kiip-s2s/webview';
 *
 * isKiipUrl('kiip://did_dismiss?close=true'); // true
 * isKiipUrl('https://api.kiip.me/'); // false
 * ```
 */
export function isKiipUrl(url: string): boolean {
  return typeof url === 'string' && /^kiip:/i.test(asBrowsersReadIt(url));
}
