import type { Output } from './output.js';
import { printable } from './terminal.js';

/** The checks of `smoke` send a changed callback on purpose; that the receiver warns about it is right, and no news. */
const PROVOKED: ReadonlySet<string> = new Set(['KIIP_CALLBACK_SIGNATURE']);

/** Shows the library's warnings as notes, in place of Node's own lines with a process id and a hint about traces. */
export function showWarnings(out: Output): void {
  // Nobody listens: the user switched warnings off.
  if (process.listenerCount('warning') === 0) return;
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { code?: string }) => {
    if (!PROVOKED.has(warning.code ?? '')) out.note(`warning: ${printable(warning.message)}`);
  });
}
