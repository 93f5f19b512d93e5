import { cover } from './cover.js';
import { element } from '../dom/element.js';
import type { RewardResult } from './show-reward-options.js';
import type { ShownOptions } from './shown-options.js';
import { rewardView } from './reward-view.js';

/** Receives the focus when Tab leaves the dialog, and passes it back in. */
function edge(document: Document, onReached: () => void): HTMLElement {
  const made = element(document, 'div', { tabindex: '0' });
  made.addEventListener('focus', onReached);
  return made;
}

/** The reward page and its cover. Calls `onLost` when the focused element may be gone. */
function stage(
  document: Document,
  options: ShownOptions,
  events: { onDismiss(result: RewardResult): void; onLost(): void },
): { readonly element: HTMLElement; load(): void; remove(): void } {
  let late: ReturnType<typeof setTimeout> | undefined;
  const above = cover(document, options, () => {
    view.load();
    events.onLost();
  });
  const view = rewardView(document, options.url, options.title, {
    onDismiss: events.onDismiss,
    onLoading() {
      view.element.style.visibility = 'hidden'; // out of the Tab order too
      above.showLoading();
      clearTimeout(late);
      late = setTimeout(above.showLate, options.timeoutMs);
    },
    onShown() {
      clearTimeout(late);
      above.hide();
      view.element.style.visibility = '';
    },
    onRefused(to) {
      clearTimeout(late);
      above.showUnavailable({ canRetry: to === 'elsewhere' });
      events.onLost();
    },
  });
  return {
    element: element(document, 'div', { class: 'stage' }, [view.element, above.element]),
    load: view.load,
    remove() {
      clearTimeout(late);
      view.remove();
    },
  };
}

/** Browsers without modal dialogs (Safari before 15.4), and jsdom, get a plain one: the styles put it on top, and Escape is noticed here. */
function openModal(modal: HTMLDialogElement, onEscape: () => void): void {
  if ('showModal' in modal) return modal.showModal();
  const plain: HTMLElement = modal;
  plain.setAttribute('open', '');
  plain.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') onEscape();
  });
}

/**
 * The modal dialog. The browser's own `<dialog>` makes the page behind it inert for mouse, keyboard and screen reader, stands above
 * every `z-index` and turns Escape (and Android's back) into its `close` event.
 */
export function dialog(
  root: ShadowRoot,
  options: ShownOptions,
  events: { onDismiss(result: RewardResult): void; onClose(): void },
): { remove(): void } {
  const document = root.ownerDocument;
  const { title, labels } = options;
  const heading = element(document, 'h2', { id: 'title', dir: 'auto' }, [title]);
  const close = element(document, 'button', { type: 'button', class: 'close', 'aria-label': labels.close }, ['✕']);
  const content = stage(document, options, { onDismiss: events.onDismiss, onLost: () => close.focus() });
  const inside = element(document, 'div', { class: 'inside' }, [
    element(document, 'header', {}, [heading, close]),
    content.element,
  ]);
  let passing = false;
  const toStart = (): void => {
    if (!passing) close.focus();
  };
  const last = edge(document, toStart);
  const modal = element(document, 'dialog', { role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title' }, [
    edge(document, toStart),
    inside,
    last,
  ]);
  // A page cannot focus the last element of another origin's frame, but the browser's Shift+Tab from behind the frame can.
  close.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || !event.shiftKey) return;
    passing = true;
    last.focus();
    passing = false;
  });
  close.addEventListener('click', events.onClose);
  modal.addEventListener('close', events.onClose);
  root.append(modal);
  content.load();
  openModal(modal, events.onClose);
  close.focus();
  return {
    remove() {
      content.remove();
      modal.removeEventListener('close', events.onClose);
      if ('close' in modal) modal.close();
      modal.remove();
    },
  };
}
