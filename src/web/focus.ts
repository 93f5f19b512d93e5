const canFocus = (target: EventTarget | null): target is HTMLElement => target !== null && 'focus' in target;

/** The element with the focus, looked for inside shadow roots too; `null` when it is the page itself. */
function focused(document: Document): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active !== document.body && canFocus(active) ? active : null;
}

/** Remembers what has the focus now, and again each time it comes into the overlay from the page; the result gives it back. */
export function rememberFocus(host: HTMLElement): () => void {
  let before = focused(host.ownerDocument);
  host.addEventListener('focusin', ({ relatedTarget }) => {
    if (canFocus(relatedTarget)) before = relatedTarget;
  });
  return () => before?.focus({ preventScroll: true });
}
