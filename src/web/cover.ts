import { element } from '../dom/element.js';
import type { ShownOptions } from './shown-options.js';

/** Covers the reward page while it cannot be seen. */
export interface Cover {
  readonly element: HTMLElement;
  showLoading(): void;
  /** Says that the page has not loaded in time; it may still load. */
  showLate(): void;
  /** Says that the browser refused the page. Retrying helps, unless the host's own policy forbids the page. */
  showUnavailable(options: { readonly canRetry: boolean }): void;
  hide(): void;
}

/** Creates the cover. It shows the reward's own words while the page loads, then what went wrong and a button to try again. */
export function cover(document: Document, options: ShownOptions, onRetry: () => void): Cover {
  const { labels, heading, message } = options;
  const made = element(document, 'div', { class: 'cover' });
  const fill = (live: Readonly<Record<string, string>>, children: readonly Node[]): void => {
    made.replaceChildren(element(document, 'div', live, children));
    made.hidden = false;
  };
  const text = (words: string): HTMLElement => element(document, 'p', { dir: 'auto' }, [words]);
  const showProblem = (words: string, { canRetry }: { readonly canRetry: boolean }): void => {
    fill({ role: 'alert' }, [text(words)]);
    if (!canRetry) return;
    const retry = element(document, 'button', { type: 'button', class: 'retry' }, [labels.retry]);
    retry.addEventListener('click', onRetry);
    made.append(retry);
  };
  return {
    element: made,
    showLoading() {
      const spinner = element(document, 'div', { class: 'spinner', 'aria-hidden': 'true' });
      const title = heading === null ? [] : [element(document, 'h3', { dir: 'auto' }, [heading])];
      fill({ class: 'loading', 'aria-live': 'polite' }, [spinner, ...title, text(message)]);
    },
    showLate: () => showProblem(labels.late, { canRetry: true }),
    showUnavailable: ({ canRetry }) => showProblem(labels.unavailable, { canRetry }),
    hide() {
      made.hidden = true;
    },
  };
}
