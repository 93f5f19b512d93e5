import { isContention } from '../sql/failures.js';

const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 40;

/**
 * Retries `step` while another process is writing, until `untilMs` on the clock of `performance.now()`. SQLite's own waiting would block
 * this whole process.
 *
 * @throws the error of the last attempt.
 */
export async function retryBusy<T>(untilMs: number, step: () => T): Promise<T> {
  for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return step();
    } catch (error) {
      if (!isContention(error) || performance.now() + pauseMs > untilMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
  }
}
