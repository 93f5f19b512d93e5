/**
 * Whether to colour a stream: only on a terminal that has colours, and unless `NO_COLOR` is set (https://no-color.org).
 */
export function wantsColour(stream: { readonly isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Whether lines may be overwritten on the stream, to show what is going on. */
export function canOverwrite(stream: { readonly isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

// Control characters and the marks that reorder a line. A reward's name or a server's answer must not control the
// terminal.
const DRIVES_THE_TERMINAL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Makes text from outside safe to print. */
export const printable = (text: string): string => text.replace(DRIVES_THE_TERMINAL, '\uFFFD');
