import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { warn } from '../../check/warn.js';
import { KiipConfigError } from '../../errors/index.js';
import { readLine, writeLine, type Entry } from './entries.js';

/** Owner only, because the file holds players' data and a secret. */
const OWNER_ONLY = 0o600;

/**
 * An append-only file of lines, so that a crash loses nothing that was written. Each line goes to the system before its request is
 * answered, so that killing the process loses no answered request. Now and then the file is rewritten under another name and renamed, so
 * that it is never half written.
 */
export class StateFile {
  readonly #path: string;
  #file: number | null = null;
  #bytes = 0;
  #appended = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Lines added since the file was last rewritten. */
  get appended(): number {
    return this.#appended;
  }

  /**
   * Reads the entries of the file; empty without a file. Renames a damaged file, with a warning that names it.
   *
   * @throws KiipConfigError when the file exists but cannot be read.
   */
  read(): Entry[] {
    if (!existsSync(this.#path)) return [];
    const text = this.#try('read', () => readFileSync(this.#path, 'utf8'));
    const lines = text.split('\n');
    // Empty when the last line is complete. Otherwise a killed process did not finish the line, and its request was not
    // answered.
    const last = lines.pop() ?? '';
    const entries = lines.map(readLine);
    const damaged = entries.indexOf(null);
    if (damaged >= 0 || (entries.length > 0 && entries[0]?.kind !== 'kiip-s2s sandbox 1')) {
      this.#setAside(damaged < 0 ? 1 : damaged + 1);
      return [];
    }
    const unfinished = last === '' ? null : readLine(last);
    return [...entries, unfinished].filter((entry) => entry !== null);
  }

  /** Rewrites the whole file. @throws KiipConfigError when that fails. */
  rewrite(entries: readonly Entry[]): void {
    const fresh = `${this.#path}.new`;
    const text = entries.map(writeLine).join('');
    this.#try('write', () => {
      writeFileSync(fresh, text, { mode: OWNER_ONLY });
      const file = openSync(fresh, 'a', OWNER_ONLY);
      fsyncSync(file);
      this.close();
      renameSync(fresh, this.#path);
      this.#file = file;
    });
    this.#bytes = Buffer.byteLength(text);
    this.#appended = 0;
  }

  /** Adds one entry. @throws KiipConfigError when that fails; the file is then unchanged. */
  append(entry: Entry): void {
    const file = this.#file;
    if (file === null) return;
    const line = Buffer.from(writeLine(entry));
    this.#try('write', () => {
      try {
        for (let written = 0; written < line.length;) written += writeSync(file, line, written);
      } catch (error) {
        ftruncateSync(file, this.#bytes);
        throw error;
      }
    });
    this.#bytes += line.length;
    this.#appended += 1;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #setAside(line: number): void {
    const aside = `${this.#path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
    this.#try('rename', () => renameSync(this.#path, aside));
    warn(
      'KIIP_SANDBOX_STATE',
      `The sandbox's state file ${this.#path} is damaged in line ${line}. It was renamed to ${aside}, and the sandbox starts with a new file.`,
    );
  }

  #try<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
      throw new KiipConfigError(
        `The sandbox cannot ${what} its state file ${this.#path} (${code}): check that its folder exists and is writable.`,
      );
    }
  }
}
