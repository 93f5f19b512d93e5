import type { Output } from './output.js';
import { printable } from './terminal.js';

/** The codes of warnings to hide: `smoke` sends a changed callback on purpose, and the receiver warns about it. */
const PROVOKED: ReadonlySet<string> = new Set(['KIIP_CALLBACK_SIGNATURE']);

/** Prints the library's warnings as notes, instead of Node's lines with a process id and a hint about traces. */
export function showWarnings(out: Output): void {
  // Node has no listener when the user has switched warnings off.
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { code?: string }) => {
    if (!PROVOKED.has(warning.code ?? '')) out.note(`warning: ${printable(warning.message)}`);
  });
}
