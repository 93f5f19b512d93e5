/** How long an idle connection is kept when the server does not say: a Node server closes it after 5 s. */
export const IDLE_MS = 4_000;
/** What a server's `Keep-Alive: timeout` is shortened by: the time its closing may need to get here. */
export const MARGIN_MS = 1_000;
/** The longest time that an idle connection is kept, whatever the server says. */
export const LONGEST_MS = 600_000;

/** How long an idle connection may be kept, by the `Keep-Alive` header of its last answer. 0 or less: not at all. */
export function readIdleMs(header: string): number {
  const seconds = /timeout\s*=\s*"?(\d+)/i.exec(header)?.[1];
  return seconds === undefined ? IDLE_MS : Math.min(LONGEST_MS, Number(seconds) * 1_000 - MARGIN_MS);
}
