const canFocus = (target: EventTarget | null): target is HTMLElement => target !== null && 'focus' in target;

/** Finds the focused element, inside shadow roots too; `null` when the page itself has the focus. */
function focused(document: Document): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active !== document.body && canFocus(active) ? active : null;
}

/** Remembers the focused element now, and each time the focus enters the overlay from the page. Call the result to restore the focus. */
export function rememberFocus(host: HTMLElement): () => void {
  let before = focused(host.ownerDocument);
  host.addEventListener('focusin', ({ relatedTarget }) => {
    if (canFocus(relatedTarget)) before = relatedTarget;
  });
  return () => before?.focus({ preventScroll: true });
}
