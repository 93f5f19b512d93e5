/**
 * Strips what browsers and web views ignore: tabs and newlines anywhere, controls and spaces at the ends. A control at the very end may
 * stay: it changes neither the kind of a URL nor a parameter's name.
 */
export const stripIgnored = (url: string): string => url.replace(/^[\u0000-\u0020]+|[\t\n\r]/g, '').trimEnd();

/**
 * Whether a URL is the platform's own, so the web view must not load it: every `kiip:` URL, in any letter case
 * (PROTOCOL K29). Never throws; returns `false` for anything but a string.
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
  return typeof url === 'string' && /^kiip:/i.test(stripIgnored(url));
}
