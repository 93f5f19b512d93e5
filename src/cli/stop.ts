import { watchForOrphaning } from './orphan-watch.js';
import type { Output } from './output.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns the first Ctrl-C (or SIGTERM, or the end of the npx that started the command) into an abort, so that the
 * command can clean up. A second one ends the process at once.
 */
export class Stop {
  readonly #controller = new AbortController();
  readonly #listener = (): void => {
    this.release();
    this.#controller.abort();
  };
  readonly #endWatch: () => void;

  constructor() {
    for (const name of SIGNALS) process.once(name, this.#listener);
    this.#endWatch = watchForOrphaning(this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits until somebody stops the command, or nobody reads its output any more. */
  async wait(out: Output): Promise<void> {
    const ends = [this.signal, out.readerGone];
    if (ends.some(({ aborted }) => aborted)) return;
    await new Promise<void>((resolve) => {
      for (const end of ends) end.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  release(): void {
    this.#endWatch();
    for (const name of SIGNALS) process.off(name, this.#listener);
  }
}
