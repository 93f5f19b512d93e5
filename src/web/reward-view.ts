import { parseKiipUrl } from '../webview/index.js';
import { element } from './element.js';
import type { RewardResult } from './options.js';
import { pageFrame, type PageFrame, type Refusal } from './page-frame.js';

/** A message that the reward page sent just before it left comes from another process and can arrive after the refusal. */
const LATE_MESSAGE_MS = 150;
/** A page that says by message what it is about to navigate to does so in one go. */
const SAME_TOPIC_MS = 500;
/**
 * Chromium fires no load event for a page that goes to an unknown scheme before it. The page announced itself so long after the load
 * began, so it can be seen soon after as long a time.
 */
const SURE_TO_BE_THERE_MS = 500;
/** How long after its load and its last announcement a page is given to announce itself again. */
const QUIET_MS = 1_500;

/** What a {@link RewardView} tells. */
export interface RewardViewEvents {
  /** A load began; the page may not be seen before `onShown`. */
  onLoading(): void;
  /** The page is there. */
  onShown(): void;
  /** The reward page ended; once. */
  onDismiss(result: RewardResult): void;
  /** The browser refused the page: the host's policy forbids it (`web`), or it went where only another program could follow. */
  onRefused(to: 'web' | 'elsewhere'): void;
}

/** The reward page on the screen, through as many loads as it takes. */
export interface RewardView {
  readonly element: HTMLElement;
  /** Loads the page from the start. */
  load(): void;
  remove(): void;
}

/**
 * Notices how the reward page ends. A browser tells of a refused `kiip:` navigation without its address, and replaces the page by its
 * error page. What that means depends on the player:
 *
 * - After a touch it is taken for `kiip://did_dismiss`.
 * - Before, the page has only announced itself (PROTOCOL K30). It is loaded once more without the policies, so that it can announce
 *   itself without harm. They are in force again as soon as the player touches the page. A tap is over before that, so they also are
 *   once the page had the time to repeat itself. Should it still announce something after that, the third load waits for a touch.
 *
 * A message from the page settles the question in every case.
 */
export function rewardView(page: Document, url: URL, title: string, events: RewardViewEvents): RewardView {
  const holder = element(page, 'div', { class: 'page' });
  let frame: PageFrame | null = null;
  let startedAt = 0;
  /** Loads that ended by an announcement, and how long the last one had taken to it. */
  let announcements = 0;
  let announcedAfterMs = 0;
  let announcedByMessageAt = -Infinity;
  /** What a refused navigation means, until a late message says otherwise. */
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
    frame = pageFrame(page, url, title, announcements === 0, { onLoad, onMessage, onRefusal });
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

  /** `address` is what the browser tells of a refused `kiip:` URL; most cut it to its scheme, or to nothing. */
  const decide = (address: string, isTouched: boolean): void => {
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

  const onRefusal = ({ to, isEnforced, address, isTouched }: Refusal): void => {
    clearTimeout(verdict);
    verdict = undefined;
    if (to === 'kiip') {
      events.onLoading(); // covers the browser's error page
      const afterMs = performance.now() - startedAt;
      verdict = setTimeout(() => {
        announcedAfterMs = afterMs;
        decide(address, isTouched);
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
