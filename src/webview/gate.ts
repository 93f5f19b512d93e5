import { checkOptions, type DismissOptions } from './dismiss-options.js';
import { readKiipUrl, withoutKind } from './read-kiip-url.js';
import type { DismissResult, KiipEvent } from './messages.js';

/** Options of {@link createWebViewGate}. */
export interface WebViewGateOptions extends DismissOptions {
  /**
   * Called for every `kiip://did_dismiss`. A web view may ask about one URL twice, so make sure that closing twice does
   * no harm.
   */
  onDismiss(result: DismissResult): void;
  /** Called for every other `kiip:` URL (PROTOCOL K30). They do not end the reward. Never credit anything for them. @defaultValue none */
  onEvent?: ((event: KiipEvent) => void) | undefined;
}

/**
 * Creates the function that answers a web view's question "may I load this?": `false` for every `kiip:` URL, `true` for
 * any other (PROTOCOL K29). Pass it as React Native's `onShouldStartLoadWithRequest`; elsewhere, call
 * `event.preventDefault()` when it returns `false`. An error that `onDismiss` or `onEvent` throws becomes an unhandled
 * rejection, because the web view needs its answer.
 *
 * @throws TypeError with every problem of the options, misspelt ones among them.
 * @example
 * ```ts
 * import { createWebViewGate } from 'kiip-s2s/webview';
 *
 * const gate = createWebViewGate({
 *   onDismiss: ({ redeemed, nativeUrl }) => console.log(redeemed, nativeUrl),
 *   onEvent: (event) => console.log(event.kind),
 * });
 * gate({ url: 'https://api.kiip.me/' }); // true
 * gate({ url: 'kiip://ready' }); // false, and onEvent was called
 * gate({ url: 'kiip://did_dismiss' }); // false, and onDismiss was called
 * ```
 */
export function createWebViewGate(options: WebViewGateOptions): (request: { url: string }) => boolean {
  checkOptions('createWebViewGate', options, ['onDismiss', 'onEvent']);
  return ({ url }) => {
    const event = readKiipUrl(url, options.schemes);
    if (event === null) return true;
    try {
      if (event.kind === 'did_dismiss') options.onDismiss(withoutKind(event));
      else options.onEvent?.(event);
    } catch (error) {
      void Promise.reject(error as Error);
    }
    return false;
  };
}
