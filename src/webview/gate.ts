import { parseDismissUrl, type DismissResult } from './dismiss-url.js';
import { isKiipUrl } from './kiip-url.js';

/** What {@link createWebViewGate} needs. */
export interface WebViewGateOptions {
  /** Called for every `kiip://did_dismiss`; a web view may ask about one URL twice, so closing twice must do no harm. */
  onDismiss(result: DismissResult): void;
}

/**
 * A function for a web view's question "may I load this?": `false` for every `kiip:` URL, `true` for any other (PROTOCOL K29). It
 * fits React Native's `onShouldStartLoadWithRequest`, and its answer turns into `event.preventDefault()` elsewhere. What `onDismiss`
 * throws becomes an unhandled rejection, since the web view needs its answer.
 *
 * @throws TypeError when `onDismiss` is no function.
 * @example
 * ```ts
 * import { createWebViewGate } from 'kiip-s2s/webview';
 *
 * const gate = createWebViewGate({ onDismiss: ({ redeemed, nativeUrl }) => console.log(redeemed, nativeUrl) });
 * gate({ url: 'https://api.kiip.me/' }); // true
 * gate({ url: 'kiip://did_dismiss' }); // false, and onDismiss was called
 * ```
 */
export function createWebViewGate(options: WebViewGateOptions): (request: { url: string }) => boolean {
  if (typeof (options as Partial<WebViewGateOptions> | null | undefined)?.onDismiss !== 'function')
    throw new TypeError('createWebViewGate: onDismiss must be a function.');
  return ({ url }) => {
    if (!isKiipUrl(url)) return true;
    const result = parseDismissUrl(url);
    try {
      if (result !== null) options.onDismiss(result);
    } catch (error) {
      void Promise.reject(error as Error);
    }
    return false;
  };
}
