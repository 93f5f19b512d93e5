import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 500;

/** The parent of a process by its number; `null` where the system does not tell in this way. */
function findParent(pid: number): number | null {
  try {
    // The name before it may hold anything, brackets included.
    const [, rest = ''] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return rest === '' ? null : Number(rest);
  } catch {
    return null;
  }
}

/** This process' parent and, since npm puts a shell in between, that one's parent. */
const describeAncestors = (): string => JSON.stringify([process.ppid, findParent(process.ppid)]);

/**
 * Calls `onOrphaned` once the npm or npx that started this process is gone: killed, it takes nobody along, and the port would stay taken.
 * Does nothing in a process that neither of them started, which may well outlive its shell. Returns the way to end the watch.
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
