import type { SqlDialect } from './dialect.js';

// Scans SQL text in linear time for where statements begin, and with which words. It follows the servers' own lexers, so that it does not
// mistake a word in a string or comment for a statement, or a statement for a comment.

/** The first words of one statement, in lower case. */
export type StatementWords = readonly string[];

const MOST_WORDS = 12;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/** Reads one text from left to right and never goes back. */
class Scanner {
  readonly #text: string;
  readonly #dialect: SqlDialect;
  #at = 0;
  #words: string[] = [];
  #isEmpty = true;
  readonly #statements: StatementWords[] = [];

  constructor(text: string, dialect: SqlDialect) {
    this.#text = text;
    this.#dialect = dialect;
  }

  scan(): StatementWords[] {
    while (this.#at < this.#text.length) this.#step();
    this.#endStatement();
    return this.#statements;
  }

  #endStatement(): void {
    if (!this.#isEmpty) this.#statements.push(this.#words);
    this.#words = [];
    this.#isEmpty = true;
  }

  #step(): void {
    const char = this.#text[this.#at] as string;
    if (char === ';') {
      this.#at += 1;
      return this.#endStatement();
    }
    if (char.trim() === '' || this.#skipComment(char)) {
      if (char.trim() === '') this.#at += 1;
      return;
    }
    this.#isEmpty = false;
    if (WORD_START.test(char)) return this.#readWord();
    if (char === "'" || char === '"' || char === '`')
      return this.#skipQuoted(char, { hasEscapes: this.#dialect === 'mysql' });
    if (char === '[' && this.#dialect === 'sqlite') return this.#skipTo(']');
    if (char === '$' && this.#dialect === 'postgres') return this.#skipDollar();
    this.#at += 1;
  }

  #readWord(): void {
    WORD.lastIndex = this.#at;
    const written = WORD.exec(this.#text)?.[0] ?? '';
    // Some characters are longer in lower case, so count the word as it is written.
    this.#at += written.length;
    const word = written.toLowerCase();
    if (this.#words.length < MOST_WORDS) this.#words.push(word);
    // E'…' is the only string of PostgreSQL in which a backslash escapes.
    if (word === 'e' && this.#dialect === 'postgres' && this.#text[this.#at] === "'")
      this.#skipQuoted("'", { hasEscapes: true });
  }

  #skipComment(char: string): boolean {
    if (!'/*-#'.includes(char)) return false;
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (two === '/*') this.#skipBlock();
    // The end of an executed comment; see #skipBlock.
    else if (two === '*/' && this.#dialect === 'mysql') this.#at += 2;
    else if (this.#isLineComment(char, two)) this.#skipLine();
    else return false;
    return true;
  }

  #isLineComment(char: string, two: string): boolean {
    if (this.#dialect !== 'mysql') return two === '--';
    // MySQL requires a blank after the dashes: `5--1` is arithmetic.
    return char === '#' || (two === '--' && (this.#text[this.#at + 2] ?? ' ').trim() === '');
  }

  #skipLine(): void {
    // PostgreSQL also ends a comment at a carriage return. Ending it early is the safe side: more text is checked.
    while (this.#at < this.#text.length && !'\r\n'.includes(this.#text[this.#at] as string)) this.#at += 1;
  }

  #skipBlock(): void {
    const text = this.#text;
    this.#at += 2;
    if (this.#dialect === 'mysql' && /^M?!/.test(text.slice(this.#at, this.#at + 2))) {
      // MySQL and MariaDB execute the inside of `/*!50000 …*/`, so skip only its marks.
      while (this.#at < text.length && /[M!0-9]/.test(text[this.#at] as string)) this.#at += 1;
      return;
    }
    if (this.#dialect !== 'postgres') return this.#skipTo('*/');
    for (let depth = 1; depth > 0 && this.#at < text.length;) {
      const two = text.slice(this.#at, this.#at + 2);
      if (two === '/*') depth += 1;
      else if (two === '*/') depth -= 1;
      this.#at += two === '/*' || two === '*/' ? 2 : 1;
    }
  }

  #skipQuoted(quote: string, { hasEscapes }: { readonly hasEscapes: boolean }): void {
    const text = this.#text;
    for (this.#at += 1; this.#at < text.length; this.#at += 1) {
      const char = text[this.#at];
      if (char === '\\' && hasEscapes && quote !== '`') this.#at += 1;
      else if (char === quote && text[this.#at + 1] === quote) this.#at += 1;
      else if (char === quote) break;
    }
    this.#at += 1;
  }

  #skipDollar(): void {
    DOLLAR_TAG.lastIndex = this.#at;
    const tag = DOLLAR_TAG.exec(this.#text)?.[0];
    this.#at += tag?.length ?? 1;
    if (tag !== undefined) this.#skipTo(tag);
  }

  /** Skips past the next `end`, or to the end of the text, which the server then refuses too. */
  #skipTo(end: string): void {
    const found = this.#text.indexOf(end, this.#at);
    this.#at = found === -1 ? this.#text.length : found + end.length;
  }
}

const MOST_REMEMBERED = 200;
const LONGEST_REMEMBERED = 2_000;
const remembered = new Map<string, readonly StatementWords[]>();

/** Lists the non-empty statements of a text by their first words. Handlers send the same few texts, so results are cached. */
export function listStatements(text: string, dialect: SqlDialect): readonly StatementWords[] {
  const key = `${dialect} ${text}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const statements = new Scanner(text, dialect).scan();
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  if (text.length <= LONGEST_REMEMBERED) remembered.set(key, statements);
  return statements;
}

/** What a statement does to the transaction that it runs in. */
export type TransactionControl = 'begin' | 'commit' | 'implicit_commit' | 'rollback' | 'rollback_to' | 'none';

/** MySQL and MariaDB commit the transaction before most statements that begin with one of these words. */
const COMMITTING = new Set(
  'alter analyze cache change check create drop flush grant import install lock optimize rename repair reset revoke start stop truncate uninstall'.split(
    ' ',
  ),
);

/** Reads what a statement does to the transaction around it. */
export function readControl(words: StatementWords, dialect: SqlDialect): TransactionControl {
  const [first, second, third] = words;
  const isNoise = second === 'work' || second === 'transaction';
  if (first === 'begin' || (first === 'start' && second === 'transaction')) return 'begin';
  if (first === 'commit' || first === 'end' || (first === 'prepare' && second === 'transaction') || first === 'xa')
    return 'commit';
  if (first === 'rollback') return (isNoise ? third : second) === 'to' ? 'rollback_to' : 'rollback';
  if (first === 'abort') return 'rollback';
  return dialect === 'mysql' && isCommitting(words) ? 'implicit_commit' : 'none';
}

function isCommitting([first = '', ...rest]: StatementWords): boolean {
  if (first === 'set') return rest.includes('autocommit') || rest[0] === 'password';
  const isTemporary = rest[rest[0] === 'or' ? 2 : 0] === 'temporary';
  return COMMITTING.has(first) && !(isTemporary && (first === 'create' || first === 'drop'));
}
