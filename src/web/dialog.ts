import { element } from './element.js';
import { type Labels, type RewardResult } from './options.js';
import { rewardFrame } from './reward-frame.js';

/** Where a Tab out of the dialog arrives; it hands the focus on, so that it never leaves. */
function edge(document: Document, onReached: () => void): HTMLElement {
  const made = element(document, 'div', { tabindex: '0' });
  made.addEventListener('focus', onReached);
  return made;
}

/**
 * The modal dialog. The browser's own `<dialog>` makes the page behind it inert for mouse, keyboard and screen reader, stands above
 * every `z-index` and turns Escape (and Android's back) into its `close` event.
 */
export function dialog(
  root: ShadowRoot,
  url: URL,
  title: string,
  labels: Labels,
  events: { onDismiss(result: RewardResult): void; onClose(): void },
): { remove(): void } {
  const document = root.ownerDocument;
  const heading = element(document, 'h2', { id: 'title', dir: 'auto' }, [title]);
  const close = element(document, 'button', { type: 'button', class: 'close', 'aria-label': labels.close }, ['✕']);
  const frame = rewardFrame(document, url, title, {
    onDismiss: events.onDismiss,
    onRefused() {
      frame.remove();
      inside.append(element(document, 'p', { class: 'unavailable', role: 'alert' }, [labels.unavailable]));
      close.focus();
    },
  });
  const inside = element(document, 'div', { class: 'inside' }, [
    element(document, 'header', {}, [heading, close]),
    frame.element,
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
  // No page can put the focus on the last element of another origin. Starting from behind it, the browser's own Shift+Tab does.
  close.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || !event.shiftKey) return;
    passing = true;
    last.focus();
    passing = false;
  });
  close.addEventListener('click', events.onClose);
  modal.addEventListener('close', events.onClose);
  root.append(modal);
  modal.showModal();
  close.focus();
  return {
    remove() {
      frame.remove();
      modal.removeEventListener('close', events.onClose);
      modal.close();
      modal.remove();
    },
  };
}
