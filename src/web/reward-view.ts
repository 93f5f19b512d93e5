import { parseKiipUrl } from '../webview/index.js';
import { element } from '../dom/element.js';
import type { RewardResult } from './show-reward-options.js';
import { pageFrame, type PageFrame, type Refusal } from './page-frame.js';

/** How long to wait for a message that the reward page sent just before it left: it comes from another process, perhaps after the refusal. */
const LATE_MESSAGE_MS = 150;
/** A page that announces its navigation by message navigates within this time. */
const SAME_TOPIC_MS = 500;
/**
 * Chromium fires no load event for a page that navigates to an unknown scheme before that event. Such a page is assumed
 * to be visible this long after the time at which it announced itself during the last load.
 */
const SURE_TO_BE_THERE_MS = 500;
/** How long a page has to announce itself again, after its load and its last announcement. */
const QUIET_MS = 1_500;

/** The events of a {@link RewardView}. */
export interface RewardViewEvents {
  /** A load began. Keep the page covered until `onShown`. */
  onLoading(): void;
  /** The page can be seen. */
  onShown(): void;
  /** The reward page ended. Called once. */
  onDismiss(result: RewardResult): void;
  /** The browser refused the page: the host's policy forbids it (`web`), or only another program can open it (`elsewhere`). */
  onRefused(to: 'web' | 'elsewhere'): void;
}

/** The reward page on the screen, across several loads. */
export interface RewardView {
  readonly element: HTMLElement;
  /** Loads the page from the start. */
  load(): void;
  remove(): void;
}

/**
 * Detects how the reward page ends. A browser reports a refused `kiip:` navigation without its address, and replaces the page with its
 * error page. The meaning depends on the player:
 *
 * - After a touch, it counts as `kiip://did_dismiss`.
 * - Before a touch, the page has only announced itself (PROTOCOL K30). It is loaded once more without the policies, so that it can
 *   announce itself harmlessly. The policies apply again as soon as the player touches the page or, because a tap may be over before that,
 *   once the page has had time to repeat itself. If it announces something even then, the third load waits for a touch.
 *
 * A message from the page decides in every case.
 */
export function rewardView(page: Document, url: URL, title: string, events: RewardViewEvents): RewardView {
  const holder = element(page, 'div', { class: 'page' });
  let frame: PageFrame | null = null;
  let startedAt = 0;
  /** How many loads ended with an announcement, and how long the last one took. */
  let announcements = 0;
  let announcedAfterMs = 0;
  let announcedByMessageAt = -Infinity;
  /** Decides what a refused navigation meant, unless a late message arrives first. */
  let verdict: ReturnType<typeof setTimeout> | undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let unheard: ReturnType<typeof setTimeout> | undefined;

  const stop = (): void => {
    clearTimeout(verdict);
    clearTimeout(quiet);
    clearTimeout(unheard);
    verdict = quiet = undefined;
    frame?.remove();
    frame = null;
  };

  const dismiss = (result: RewardResult): void => {
    stop();
    events.onDismiss(result);
  };

  const onMessage = (data: unknown): void => {
    const said = typeof data === 'string' ? parseKiipUrl(data) : null;
    if (said?.kind === 'did_dismiss') dismiss({ redeemed: said.redeemed, nativeUrl: said.nativeUrl });
    else if (said !== null && said.kind !== 'unknown') announcedByMessageAt = performance.now();
  };

  const start = (): void => {
    stop();
    events.onLoading();
    startedAt = performance.now();
    frame = pageFrame(page, url, { title, isGuarded: announcements === 0 }, { onLoad, onMessage, onRefusal });
    holder.append(frame.element);
    if (announcements > 0) unheard = setTimeout(onLoad, announcedAfterMs + SURE_TO_BE_THERE_MS);
  };

  const onLoad = (): void => {
    if (verdict !== undefined) return; // the browser's error page
    clearTimeout(unheard);
    events.onShown();
    if (announcements !== 1 || quiet !== undefined) return;
    const repeatedAt = Math.max(performance.now(), startedAt + 2 * announcedAfterMs);
    quiet = setTimeout(() => frame?.guard(), repeatedAt + QUIET_MS - performance.now());
  };

  /** `address` is the refused `kiip:` URL as reported; most browsers cut it to its scheme, or to nothing. */
  const decide = ({ address, isTouched }: Refusal): void => {
    const told = parseKiipUrl(address);
    const isTold = told !== null && told.kind !== 'unknown';
    const isAnnounced = performance.now() - announcedByMessageAt < SAME_TOPIC_MS;
    const isDismissal = isTold ? told.kind === 'did_dismiss' : isTouched && !isAnnounced;
    if (!isDismissal) {
      announcements += 1;
      start();
    } else if (told?.kind === 'did_dismiss' && address.includes('?')) {
      dismiss({ redeemed: told.redeemed, nativeUrl: told.nativeUrl });
    } else {
      // Without a query the address may be cut, and "redeemed" would be a guess.
      dismiss({ redeemed: null, nativeUrl: null });
    }
  };

  const onRefusal = (refusal: Refusal): void => {
    const { to, isEnforced } = refusal;
    clearTimeout(verdict);
    verdict = undefined;
    if (to === 'kiip') {
      events.onLoading(); // covers the browser's error page
      const afterMs = performance.now() - startedAt;
      verdict = setTimeout(() => {
        announcedAfterMs = afterMs;
        decide(refusal);
      }, LATE_MESSAGE_MS);
    } else if (isEnforced) {
      stop();
      events.onRefused(to);
    } else {
      events.onShown();
    }
  };

  return {
    element: holder,
    load() {
      announcements = 0;
      start();
    },
    remove: stop,
  };
}
