const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SIX_BITS: ReadonlyMap<string, string> = new Map(
  [...ALPHABET].map((character, value) => [character, value.toString(2).padStart(6, '0')]),
);
/** The highest section id to accept. No section has a higher one, and listing a range up to it is cheap. */
const HIGHEST_ID = 1_000;

/** Returns the bits of a base64url text as `0` and `1`; `null` when the text is not base64url. */
export function readBits(text: string): string | null {
  let bits = '';
  for (const character of text) {
    const six = SIX_BITS.get(character);
    if (six === undefined) return null;
    bits += six;
  }
  return bits;
}

/** Reads a whole number of fixed width; `null` when the bits end too early. */
export function readInteger(bits: string, at: number, width: number): number | null {
  const text = bits.slice(at, at + width);
  return text.length < width ? null : Number.parseInt(text, 2);
}

/** Reads a Fibonacci-coded number (lowest term first, ended by `11`) and returns it with the place where it ends. */
function readFibonacci(bits: string, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  let [weight, next] = [1, 2];
  for (let index = at; index + 1 < bits.length && value <= HIGHEST_ID; index += 1) {
    if (bits[index] === '1') {
      value += weight;
      if (bits[index + 1] === '1') return { value, end: index + 2 };
    }
    [weight, next] = [next, weight + next];
  }
  return null;
}

/**
 * Reads the ids in a list of ranges: a count of 12 bits, then for each entry a range flag and the distance from the
 * previous id.
 */
export function readRanges(bits: string, at: number): number[] | null {
  const count = readInteger(bits, at, 12);
  if (count === null) return null;
  const ids: number[] = [];
  let index = at + 12;
  let last = 0;
  for (let range = 0; range < count; range += 1) {
    const first = readFibonacci(bits, index + 1);
    if (first === null) return null;
    const from = last + first.value;
    const second = bits[index] === '1' ? readFibonacci(bits, first.end) : { value: 0, end: first.end };
    if (second === null || from + second.value > HIGHEST_ID) return null;
    index = second.end;
    last = from + second.value;
    for (let id = from; id <= last; id += 1) ids.push(id);
  }
  return ids;
}
