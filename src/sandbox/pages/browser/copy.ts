/** Copies the text of an element. Falls back to `execCommand`, because browsers have no clipboard on `http:` except for loopback. */
export async function copyText(source: Element): Promise<boolean> {
  // TypeScript's DOM types claim that it always exists.
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
