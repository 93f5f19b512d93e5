import picocolors from 'picocolors';
import { canOverwrite, wantsColour } from './terminal.js';

type Colours = ReturnType<typeof picocolors.createColors>;
type StreamName = 'stdout' | 'stderr';

const CLEAR_LINE = '\r\u001b[K';

/**
 * Everything the command line prints. For people: results on stdout, notes and progress on stderr. With `--json`: one JSON value a line
 * on stdout, and nothing else.
 *
 * A reader that goes away (`| head -1`) is no failure: what is left is not printed, the work is still finished.
 */
export class Output {
  readonly json: boolean;
  /** Colours of stdout; plain where there is no terminal. */
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

  /** Aborted once nobody reads stdout any more. */
  get readerGone(): AbortSignal {
    return this.#readerGone.signal;
  }

  /** A line for people. */
  line(text = ''): void {
    if (!this.json) this.#write('stdout', `${text}\n`);
  }

  /** A line for people beside the result. */
  note(text: string): void {
    if (!this.json) this.#write('stderr', `${this.#notePaint.dim(text)}\n`);
  }

  /** A line for people about a failure. */
  failure(text: string): void {
    if (!this.json) this.#write('stderr', `${this.#notePaint.red('error:')} ${text}\n`);
  }

  /** A value for programs, on one line. */
  data(value: object): void {
    if (this.json) this.#write('stdout', `${JSON.stringify(value)}\n`);
  }

  /** Text for a pipe, without a line break that it does not have; on a terminal the prompt goes to the next line all the same. */
  exact(text: string): void {
    if (!this.json) this.#write('stdout', process.stdout.isTTY ? `${text}\n` : text);
  }

  /** The result itself, whoever reads it. */
  result(text: string): void {
    this.#write('stdout', `${text}\n`);
  }

  /** Text that is laid out already: help, version, usage errors. */
  raw(name: StreamName, text: string): void {
    this.#write(name, text);
  }

  /** What is going on right now; replaced by whatever is printed next. Only on a terminal. */
  progress(text: string): void {
    if (!this.#showsProgress) return;
    // What wraps cannot be taken back: clearing a line clears its last row only.
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
