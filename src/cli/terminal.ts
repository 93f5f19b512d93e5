/** What decides whether a stream gets colour: it is a terminal that can, and nobody asked for none (https://no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Whether lines may be overwritten on the stream, to show what is going on. */
export function canOverwrite(stream: { readonly isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

// C0, C1 and the marks that reorder a line: a reward's name or an answer of a server must not be able to drive the terminal.
const DRIVES_THE_TERMINAL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text from outside, made safe to print. */
export const printable = (text: string): string => text.replace(DRIVES_THE_TERMINAL, '\uFFFD');
