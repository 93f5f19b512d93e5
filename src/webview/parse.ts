import { checkOptions, type DismissOptions } from './dismiss-options.js';
import { readDismissUrl, readKiipUrl } from './read-kiip-url.js';
import type { DismissResult, KiipUrl } from './messages.js';

/**
 * Reads the URL with which a reward page ends: `kiip://did_dismiss`, with or without `/` before the query, scheme and host in any
 * case (PROTOCOL K29). Without a `close` parameter the reward was redeemed; with one, whatever its value, it was closed. The player's
 * next address is `native_url` or else `url`. It works without a `URL` class, as in React Native.
 *
 * @returns `null` when the URL is anything else, other `kiip:` URLs included.
 * @throws TypeError on wrong options; never because of a URL.
 * @example
 * ```ts
 * import { parseDismissUrl } from 'kiip-s2s/webview';
 *
 * parseDismissUrl('kiip://did_dismiss?close=true'); // { redeemed: false, nativeUrl: null, droppedNativeUrl: false }
 * parseDismissUrl('kiip://did_dismiss?native_url=https://kiip.me'); // { redeemed: true, nativeUrl: 'https://kiip.me', … }
 * parseDismissUrl('kiip://did_dismiss?url=market://details', { schemes: ['market:'] }); // { …, nativeUrl: 'market://details', … }
 * parseDismissUrl('https://kiip.me/'); // null
 * ```
 */
export function parseDismissUrl(url: string, options: DismissOptions = {}): DismissResult | null {
  checkOptions('parseDismissUrl', options);
  return readDismissUrl(url, options.schemes);
}

/**
 * Reads every URL that a reward page can send: how it ended (PROTOCOL K29), and its other messages (PROTOCOL K30). Only
 * `did_dismiss` ends a reward.
 *
 * Parameters are percent-decoded once, as URLs say. The vendor's own app decodes the two texts of `share` a second time. We do not,
 * because that would spoil a text that was encoded once (`50%25%20off`). Decode again yourself if your pages need it.
 *
 * @returns `null` when the URL is not a `kiip:` URL; `{ kind: 'unknown' }` for one that is not in PROTOCOL K30.
 * @throws TypeError on wrong options; never because of a URL.
 * @example
 * ```ts
 * import { parseKiipUrl } from 'kiip-s2s/webview';
 *
 * parseKiipUrl('kiip://ready'); // { kind: 'ready' }
 * parseKiipUrl('kiip://share?subject=Hello&text=50%25%20off'); // { kind: 'share', subject: 'Hello', text: '50% off' }
 * parseKiipUrl('kiip://did_dismiss?close'); // { kind: 'did_dismiss', redeemed: false, nativeUrl: null, droppedNativeUrl: false }
 * parseKiipUrl('https://kiip.me/'); // null
 * ```
 */
export function parseKiipUrl(url: string, options: DismissOptions = {}): KiipUrl | null {
  checkOptions('parseKiipUrl', options);
  return readKiipUrl(url, options.schemes);
}
