import { RegExpParser, type AST } from '@eslint-community/regexpp';

export const LENGTH = 100_000;
/** What ends an attack: nothing, or a character that few patterns take, so that the match fails at the very end. */
const ENDINGS = ['', '\n', '\0', '!', 'x'];
const CANDIDATES = [...'a0 A_-.:/%"\'\\=+?#&@;,<[{(*\t\n\r', 'é', '\u2028', '\ud800'];

/** Texts that each piece of a pattern takes, the shortest way through it. */
class Sampler {
  readonly #flags: string;

  constructor(flags: string) {
    this.#flags = flags.replace(/[gy]/g, '');
  }

  sampleAlternative({ elements }: AST.Alternative, upTo = elements.length): string {
    return elements
      .slice(0, upTo)
      .map((element) => this.sample(element))
      .join('');
  }

  sample(element: AST.Element): string {
    switch (element.type) {
      case 'Character':
        return String.fromCodePoint(element.value);
      case 'CharacterSet':
      case 'CharacterClass':
      case 'ExpressionCharacterClass':
        return this.members(element)[0] ?? '';
      case 'Group':
      case 'CapturingGroup':
        return this.sampleAlternative(element.alternatives[0] as AST.Alternative);
      case 'Quantifier':
        return this.sample(element.element).repeat(Math.max(element.min, 1));
      default:
        return '';
    }
  }

  /** The candidates, and the first characters of the class itself, that the class takes. */
  members(element: AST.CharacterSet | AST.CharacterClass | AST.ExpressionCharacterClass): string[] {
    const own = [...element.raw].filter((character) => /[\w/]/.test(character));
    const test = new RegExp(`^${element.raw}$`, this.#flags);
    return [...new Set([...CANDIDATES, ...own])].filter((character) => test.test(character));
  }
}

/** For each repeated piece: what leads to it, and texts that it takes again and again. */
function collectPumps(pattern: AST.Pattern, sampler: Sampler): { prefix: string; pump: string }[] {
  const pumps: { prefix: string; pump: string }[] = [];
  const visitAlternative = (alternative: AST.Alternative, before: string): void => {
    alternative.elements.forEach((element, index) => {
      visit(element, before + sampler.sampleAlternative(alternative, index));
    });
  };
  const visit = (element: AST.Element, before: string): void => {
    if (element.type === 'Quantifier') {
      const { element: repeated, max } = element;
      const texts =
        repeated.type === 'CharacterSet' || repeated.type === 'CharacterClass'
          ? sampler.members(repeated).slice(0, 6)
          : 'alternatives' in repeated
            ? repeated.alternatives.map((alternative) => sampler.sampleAlternative(alternative))
            : [sampler.sample(repeated)];
      if (max > 1)
        for (const text of texts.filter((each) => each !== ''))
          pumps.push({ prefix: before, pump: text }, { prefix: '', pump: before + text });
      visit(repeated, before);
    } else if ('alternatives' in element) {
      for (const alternative of element.alternatives) visitAlternative(alternative, before);
    }
  };
  for (const alternative of pattern.alternatives) {
    visitAlternative(alternative, '');
    // A pattern without an anchor starts anew at each place: what matches all but its end, over and over.
    for (let upTo = 1; upTo <= alternative.elements.length; upTo++)
      pumps.push({ prefix: '', pump: sampler.sampleAlternative(alternative, upTo) });
  }
  return pumps.filter(({ pump }) => pump !== '');
}

function* fill(prefix: string, pump: string): Generator<string> {
  const body = prefix + pump.repeat(Math.ceil((LENGTH - prefix.length) / pump.length));
  for (const ending of ENDINGS) yield body + ending;
}

/**
 * The worst texts that a pattern can get, of 100 kB each: every repeated piece repeated, with what leads to it once or each time, and
 * every pair of the pattern's characters repeated, each ended by what makes the match fail.
 */
export function* buildAttacks(regex: RegExp): Generator<string> {
  const flags = { unicode: regex.unicode, unicodeSets: regex.flags.includes('v') };
  const pattern = new RegExpParser().parsePattern(regex.source, 0, regex.source.length, flags);
  const sampler = new Sampler(regex.flags);
  const seen = new Set<string>();
  for (const { prefix, pump } of collectPumps(pattern, sampler)) {
    const key = JSON.stringify([prefix, pump]);
    if (seen.has(key)) continue;
    seen.add(key);
    yield* fill(prefix, pump);
  }
  const own = [...new Set([...regex.source, ...'a0'])].slice(0, 12);
  for (const first of own) for (const second of own) yield* fill(first, first + second);
}
