import { parseDismissUrl } from '../webview/index.js';
import { element } from './element.js';
import type { RewardResult } from './options.js';

/**
 * What only the web may do in a frame, and the same with `kiip:` allowed. A page cannot see where its frame goes, but it is told what
 * its policies refuse. A refusal by the first and not by the second was for a `kiip:` URL, whatever the browser reports of it:
 * Chromium 156 reports an empty address for every unknown scheme.
 */
const WEB_ONLY = 'frame-src http: https:';
const WEB_OR_KIIP = `${WEB_ONLY} kiip:`;

/** A message that the reward page sent just before it left comes from another process and can arrive after the refusal. */
const LATE_MESSAGE_MS = 150;

export interface RewardFrame {
  /** To be put into the page: the wrapper document's own frame. */
  readonly element: HTMLIFrameElement;
  remove(): void;
}

export interface RewardFrameEvents {
  /** The reward page ended; once. */
  onDismiss(result: RewardResult): void;
  /** The browser refused the page: the host's policy forbids it, or it went where only another program could follow. */
  onRefused(): void;
}

/**
 * The reward page in a sandboxed frame inside a wrapper document of our own. The wrapper carries the policies, so the host page's
 * own stays as it is. It is an empty `about:blank` filled through the DOM, which needs no inline script, no `srcdoc` and no Trusted
 * Types policy; it inherits the host's policy, so that must allow the reward's address in `frame-src`.
 */
export function rewardFrame(page: Document, url: URL, title: string, events: RewardFrameEvents): RewardFrame {
  const sameOrigin = url.origin === page.defaultView?.location.origin;
  // A page of the host's own origin would reach out of a sandbox with both permissions; without the second its origin is opaque.
  const sandbox = `allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox${sameOrigin ? '' : ' allow-same-origin'}`;
  const wrapper = element(page, 'iframe', { title });
  const listening = new AbortController();
  let frame: HTMLIFrameElement | null = null;
  let late: ReturnType<typeof setTimeout> | undefined;

  const stop = (): void => {
    listening.abort();
    clearTimeout(late);
  };

  const dismiss = (result: RewardResult): void => {
    stop();
    events.onDismiss(result);
  };

  const onMessage = (event: MessageEvent): void => {
    if (event.source !== frame?.contentWindow || event.origin !== (sameOrigin ? 'null' : url.origin)) return;
    const result = typeof event.data === 'string' ? parseDismissUrl(event.data) : null;
    if (result !== null) dismiss({ redeemed: result.redeemed, nativeUrl: result.nativeUrl });
  };

  const onRefusal = (event: SecurityPolicyViolationEvent): void => {
    // The host's report-only policies are inherited too, and refuse nothing.
    if (event.effectiveDirective !== 'frame-src' || event.disposition !== 'enforce') return;
    if (frame !== null) frame.style.visibility = 'hidden'; // the browser's error page
    if (/^https?:/i.test(event.blockedURI) || event.originalPolicy.includes(' kiip:')) {
      stop();
      events.onRefused();
    } else {
      // Without a query the address may be cut, and "redeemed" would be a guess.
      const whole = event.blockedURI.includes('?') ? parseDismissUrl(event.blockedURI) : null;
      const result: RewardResult = { redeemed: whole?.redeemed ?? null, nativeUrl: whole?.nativeUrl ?? null };
      clearTimeout(late);
      late = setTimeout(() => dismiss(result), LATE_MESSAGE_MS);
    }
  };

  const fill = (): void => {
    const inside = wrapper.contentDocument;
    const view = wrapper.contentWindow;
    if (inside === null || view === null) return;
    const { signal } = listening;
    for (const content of [WEB_ONLY, WEB_OR_KIIP])
      inside.head.append(element(inside, 'meta', { 'http-equiv': 'Content-Security-Policy', content }));
    inside.addEventListener('securitypolicyviolation', onRefusal, { signal });
    view.addEventListener('message', onMessage, { signal });
    page.defaultView?.addEventListener('message', onMessage, { signal }); // for a page that posts to `top`
    inside.title = title;
    inside.documentElement.lang = page.documentElement.lang;
    // Properties, not a style attribute: the inherited policy may forbid inline styles.
    for (const box of [inside.documentElement, inside.body])
      Object.assign(box.style, { height: '100%', margin: '0', overflow: 'hidden' });
    frame = element(inside, 'iframe', { title, sandbox });
    Object.assign(frame.style, { display: 'block', width: '100%', height: '100%', border: '0' });
    frame.src = url.href;
    inside.body.append(frame);
  };
  // Chromium and WebKit load the empty document while it is being attached; Firefox puts another in its place a little later.
  wrapper.addEventListener('load', fill, { once: true });

  return {
    element: wrapper,
    remove: () => {
      stop();
      wrapper.remove();
    },
  };
}
