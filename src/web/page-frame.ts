import { element } from '../dom/element.js';

/**
 * Two policies: one allows only the web in a frame, the other also `kiip:`. A page cannot see where its frame goes, but it hears what its
 * policies refuse. When the first refuses and the second does not, the URL was a `kiip:` URL. The reported address does not tell: Chromium
 * 156 reports an empty one for every unknown scheme.
 */
const WEB_ONLY = 'frame-src http: https:';
const WEB_OR_KIIP = `${WEB_ONLY} kiip:`;

const POP_UPS = ' allow-popups allow-popups-to-escape-sandbox';

/** How often a frame without the policies checks whether the player has touched it, in milliseconds. */
const LOOK_MS = 50;

/** A navigation of the frame that the browser refused. */
export interface Refusal {
  /** `kiip`: to the platform's scheme, unless `elsewhere` follows at once. `web`: to a page that the host's own policy forbids. */
  readonly to: 'kiip' | 'web' | 'elsewhere';
  /** `false`: only a report-only policy of the host refused it, so the page is still there. */
  readonly isEnforced: boolean;
  /** The address as the browser reports it: whole, cut to its scheme, or empty. */
  readonly address: string;
  /** Whether the player had touched the page before. */
  readonly isTouched: boolean;
}

/** The events of a {@link PageFrame}. */
export interface PageFrameEvents {
  onLoad(): void;
  /** Called with a message that the page posted to a frame around it. */
  onMessage(data: unknown): void;
  onRefusal(refusal: Refusal): void;
}

/** One load of the reward page. */
export interface PageFrame {
  /** The wrapper document's frame, to put into the page. */
  readonly element: HTMLIFrameElement;
  /** Enforces the policies from the next navigation on. */
  guard(): void;
  remove(): void;
}

/**
 * The reward page in a sandboxed frame inside a wrapper document of our own. The wrapper carries the policies, so the host page's
 * own stays as it is. It is an empty `about:blank` filled through the DOM, which needs no inline script, no `srcdoc` and no Trusted
 * Types policy; it inherits the host's policy, so that must allow the reward's address in `frame-src`.
 *
 * With `isGuarded` the policies apply from the start. Without it they apply once the player touches the page: until then the sandbox
 * refuses `kiip:` navigations silently and keeps the page.
 */
export function pageFrame(
  page: Document,
  url: URL,
  { title, isGuarded }: { readonly title: string; readonly isGuarded: boolean },
  events: PageFrameEvents,
): PageFrame {
  const host = page.defaultView;
  // In a `srcdoc` page `location.origin` is "null" and `self.origin` the real one.
  const isOwnOrigin = url.origin === host?.origin;
  // With both permissions, a page of the host's own origin could escape the sandbox; without `allow-same-origin` its origin is opaque.
  const permissions = `allow-scripts allow-forms${isOwnOrigin ? '' : ' allow-same-origin'}`;
  const wrapper = element(page, 'iframe', { title });
  const listening = new AbortController();
  const { signal } = listening;
  let frame: HTMLIFrameElement | null = null;
  let looking: ReturnType<typeof setInterval> | undefined;
  let touched = false;
  let guarded = false;

  /** A touch focuses the frame and activates every document around it. Keys and clicks outside only activate. */
  const isTouched = (): boolean => {
    const { userActivation } = wrapper.contentWindow?.navigator ?? {};
    const hasFocus = frame !== null && frame.ownerDocument.activeElement === frame;
    touched ||= hasFocus && userActivation?.hasBeenActive !== false;
    return touched;
  };

  const guard = (): void => {
    clearInterval(looking);
    if (frame === null || guarded || signal.aborted) return;
    guarded = true;
    const inside = frame.ownerDocument;
    for (const content of [WEB_ONLY, WEB_OR_KIIP])
      inside.head.append(element(inside, 'meta', { 'http-equiv': 'Content-Security-Policy', content }));
    frame.setAttribute('sandbox', permissions + POP_UPS); // for the documents that follow
  };

  const onMessage = ({ source, origin, data }: MessageEvent): void => {
    // The source is null once the sender has left, as when a page's last message arrives while it navigates away.
    if (source !== null && source !== frame?.contentWindow) return;
    if (origin === (isOwnOrigin ? 'null' : url.origin)) events.onMessage(data);
  };

  const onViolation = ({
    effectiveDirective,
    disposition,
    blockedURI,
    originalPolicy,
  }: SecurityPolicyViolationEvent) => {
    if (effectiveDirective !== 'frame-src') return;
    const isEnforced = disposition === 'enforce';
    const isWeb = /^https?:/i.test(blockedURI);
    // The inherited report-only policies of the host refuse nothing, but they report a tap that was quicker than our policies.
    if (!isEnforced && (isGuarded || isWeb || !isTouched())) return;
    const to = isWeb ? 'web' : originalPolicy.includes(' kiip:') ? 'elsewhere' : 'kiip';
    events.onRefusal({ to, isEnforced, address: blockedURI, isTouched: isTouched() });
  };

  const fill = (): void => {
    const inside = wrapper.contentDocument;
    const view = wrapper.contentWindow;
    if (inside === null || view === null) return;
    inside.addEventListener('securitypolicyviolation', onViolation, { signal });
    view.addEventListener('message', onMessage, { signal });
    host?.addEventListener('message', onMessage, { signal }); // for a page that posts to `top`
    inside.title = title;
    inside.documentElement.lang = page.documentElement.lang;
    // Set properties, not a style attribute: the inherited policy may forbid inline styles.
    for (const box of [inside.documentElement, inside.body])
      Object.assign(box.style, { height: '100%', margin: '0', overflow: 'hidden' });
    frame = element(inside, 'iframe', { title, sandbox: permissions + POP_UPS });
    Object.assign(frame.style, { display: 'block', width: '100%', height: '100%', border: '0' });
    frame.addEventListener('load', events.onLoad, { signal });
    if (isGuarded) guard();
    frame.src = url.href;
    inside.body.append(frame);
    if (isGuarded) return;
    // Drop the pop-up permissions again; the loading document keeps them. Without them a frame cannot open "another program?" dialogs.
    frame.setAttribute('sandbox', permissions);
    looking = setInterval(() => isTouched() && guard(), LOOK_MS);
    host?.addEventListener('blur', () => isTouched() && guard(), { signal });
  };
  // Chromium and WebKit load the empty document while it is being attached; Firefox puts another in its place a little later.
  wrapper.addEventListener('load', fill, { once: true });

  return {
    element: wrapper,
    guard,
    remove: () => {
      listening.abort();
      clearInterval(looking);
      wrapper.remove();
    },
  };
}
