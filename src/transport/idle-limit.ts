/** How long to keep an idle connection if the server does not say. Node servers close it after 5 s. */
export const IDLE_MS = 4_000;
/** Subtracted from a server's `Keep-Alive: timeout`, because its close needs time to arrive. */
export const MARGIN_MS = 1_000;
/** The longest time to keep an idle connection, whatever the server says. */
export const LONGEST_MS = 600_000;

/** Reads from the last `Keep-Alive` header how long to keep an idle connection; 0 or less means not at all. */
export function readIdleMs(header: string): number {
  const seconds = /timeout\s*=\s*"?(\d+)/i.exec(header)?.[1];
  return seconds === undefined ? IDLE_MS : Math.min(LONGEST_MS, Number(seconds) * 1_000 - MARGIN_MS);
}
