import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 500;

/** Finds the parent of a process; `null` on systems without `/proc`. */
function findParent(pid: number): number | null {
  try {
    // Skip the process name, which stands before this and may hold anything, even brackets.
    const [, rest = ''] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return rest === '' ? null : Number(rest);
  } catch {
    return null;
  }
}

/** Describes the parent and the grandparent, because npm puts a shell in between. */
const describeAncestors = (): string => JSON.stringify([process.ppid, findParent(process.ppid)]);

/**
 * Calls `onOrphaned` once the npm or npx that started this process is gone: a killed npm leaves its children running,
 * and they keep the port. Does nothing in a process that npm did not start, which may outlive its shell. Returns a
 * function that ends the watch.
 */
export function watchForOrphaning(onOrphaned: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  if (env['npm_execpath'] === undefined && env['npm_lifecycle_event'] === undefined) return () => undefined;
  const before = describeAncestors();
  const timer = setInterval(() => {
    if (describeAncestors() === before) return;
    clearInterval(timer);
    onOrphaned();
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
