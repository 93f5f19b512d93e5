import picocolors from 'picocolors';
import { canOverwrite, wantsColour } from './terminal.js';

type Colours = ReturnType<typeof picocolors.createColors>;
type StreamName = 'stdout' | 'stderr';

const CLEAR_LINE = '\r\u001b[K';

/**
 * Prints everything for the command line. For people: results on stdout, notes and progress on stderr. With `--json`:
 * one JSON value per line on stdout, and nothing else.
 *
 * When the reader goes away (`| head -1`), it prints nothing more and lets the work finish.
 */
export class Output {
  readonly json: boolean;
  /** Colours of stdout; plain without a terminal. */
  readonly paint: Colours;
  readonly #notePaint: Colours;
  readonly #showsProgress: boolean;
  readonly #broken = new Set<StreamName>();
  readonly #readerGone = new AbortController();
  #hasProgress = false;

  constructor(options: { readonly json: boolean }) {
    this.json = options.json;
    this.paint = picocolors.createColors(wantsColour(process.stdout, process.env));
    this.#notePaint = picocolors.createColors(wantsColour(process.stderr, process.env));
    this.#showsProgress = !options.json && canOverwrite(process.stderr, process.env) && process.stdout.isTTY === true;
    for (const name of ['stdout', 'stderr'] as const)
      process[name].on('error', (error: NodeJS.ErrnoException) => this.#onError(name, error));
  }

  /** Aborts once nobody reads stdout any more. */
  get readerGone(): AbortSignal {
    return this.#readerGone.signal;
  }

  /** Prints a line for people. */
  line(text = ''): void {
    if (!this.json) this.#write('stdout', `${text}\n`);
  }

  /** Prints a note for people on stderr. */
  note(text: string): void {
    if (!this.json) this.#write('stderr', `${this.#notePaint.dim(text)}\n`);
  }

  /** Prints a line for people about a failure. */
  failure(text: string): void {
    if (!this.json) this.#write('stderr', `${this.#notePaint.red('error:')} ${text}\n`);
  }

  /** Prints a value for programs, on one line. */
  data(value: object): void {
    if (this.json) this.#write('stdout', `${JSON.stringify(value)}\n`);
  }

  /** Prints text for a pipe exactly. On a terminal, adds a line break so that the prompt starts on a new line. */
  exact(text: string): void {
    if (!this.json) this.#write('stdout', process.stdout.isTTY ? `${text}\n` : text);
  }

  /** Prints the result itself, for people and programs. */
  result(text: string): void {
    this.#write('stdout', `${text}\n`);
  }

  /** Prints text with its own layout: help, version, usage errors. */
  raw(name: StreamName, text: string): void {
    this.#write(name, text);
  }

  /** Shows what is going on, on a terminal only. The next output replaces it. */
  progress(text: string): void {
    if (!this.#showsProgress) return;
    // Cut to one row, because clearing a line clears only its last row.
    const room = (process.stderr.columns || 80) - 1;
    this.#write('stderr', this.#notePaint.dim(text.length > room ? `${text.slice(0, room - 1)}…` : text));
    this.#hasProgress = true;
  }

  #write(name: StreamName, text: string): void {
    if (this.#hasProgress) {
      this.#hasProgress = false;
      process.stderr.write(CLEAR_LINE);
    }
    if (!this.#broken.has(name)) process[name].write(text);
  }

  #onError(name: StreamName, error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    this.#broken.add(name);
    if (name === 'stdout') this.#readerGone.abort();
  }
}
