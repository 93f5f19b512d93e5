/** Copies the text of an element. Browsers have no clipboard on plain `http:` but for loopback, so the old way stays. */
export async function copyText(source: Element): Promise<boolean> {
  // Absent on such an origin, whatever TypeScript's DOM says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    return clipboard.writeText(source.textContent).then(
      () => true,
      () => copySelection(source),
    );
  }
  return copySelection(source);
}

function copySelection(source: Element): boolean {
  const selection = getSelection();
  if (selection === null) return false;
  const range = document.createRange();
  range.selectNodeContents(source);
  selection.removeAllRanges();
  selection.addRange(range);
  const isCopied = document.execCommand('copy');
  selection.removeAllRanges();
  return isCopied;
}
