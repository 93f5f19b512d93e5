import { element } from '../dom/element.js';
import type { ShownOptions } from './shown-options.js';

/** The notifications on the screen, stacked with the newest on top. */
const standing = new Set<HTMLElement>();

function restack(): void {
  let below = 0;
  for (const toast of standing) {
    toast.style.setProperty('--below', `${below}px`);
    below += toast.offsetHeight + 8;
  }
}

/** Shows a notification in its own live region, so that a screen reader announces it without taking the focus from the game. */
export function toast(
  root: ShadowRoot,
  { title, labels }: ShownOptions,
  image: URL | null,
  events: { onOpen(): void; onClose(): void },
): { remove(): void } {
  const document = root.ownerDocument;
  const name = element(document, 'div', { class: 'name', dir: 'auto' }, [title]);
  const more = element(document, 'div', { class: 'more' }, [labels.open]);
  const open = element(document, 'button', { type: 'button', class: 'open' }, [
    element(document, 'div', { class: 'words' }, [name, more]),
  ]);
  if (image !== null) {
    const picture = element(document, 'img', { alt: '', referrerpolicy: 'no-referrer', src: image.href });
    picture.addEventListener('error', () => picture.remove()); // the host's img-src may forbid it
    open.prepend(picture);
  }
  const close = element(document, 'button', { type: 'button', class: 'close', 'aria-label': labels.close }, ['✕']);
  open.addEventListener('click', events.onOpen);
  close.addEventListener('click', events.onClose);

  const bar = element(document, 'div', { class: 'toast', role: 'status' });
  bar.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') events.onClose();
  });
  root.append(bar);
  // A live region announces additions only, so add it before its content.
  const filling = setTimeout(() => {
    bar.append(open, close);
    restack();
  });
  standing.add(bar);
  return {
    remove() {
      clearTimeout(filling);
      standing.delete(bar);
      bar.remove();
      restack();
    },
  };
}
