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

/** It holds players' data and a secret. */
const OWNER_ONLY = 0o600;

/**
 * A file of lines that only grows, so that what was written before a crash stays. Each line is handed to the system before the request
 * that it belongs to is answered: killing the process loses nothing that anybody was told. Now and then the file is written anew,
 * under another name that then takes its place, so that there is never half of a file.
 */
export class StateFile {
  readonly #path: string;
  #file: number | null = null;
  #bytes = 0;
  #appended = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Lines added since the file was last written as a whole. */
  get appended(): number {
    return this.#appended;
  }

  /**
   * The entries of the file; empty when there is no file yet. A damaged file is set aside, with a warning that names it.
   *
   * @throws KiipConfigError when there is a file that cannot be read.
   */
  read(): Entry[] {
    if (!existsSync(this.#path)) return [];
    const text = this.#try('read', () => readFileSync(this.#path, 'utf8'));
    const lines = text.split('\n');
    // Empty after a whole line. Else it is a line that a killed process did not finish writing, and nobody was answered for it.
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

  /** Writes the whole file anew. @throws KiipConfigError when that is not possible. */
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

  /** Adds one entry. @throws KiipConfigError when that is not possible; the file is then as it was before. */
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
      `The sandbox's state file ${this.#path} is damaged in line ${line}. It was renamed to ${aside}, and the sandbox begins without it.`,
    );
  }

  #try<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
      throw new KiipConfigError(
        `The sandbox cannot ${what} its state file ${this.#path} (${code}): check that its folder exists and may be written to.`,
      );
    }
  }
}
