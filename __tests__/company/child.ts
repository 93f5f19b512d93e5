import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A minifier on a busy machine takes its time. */
const PATIENCE_MS = 100_000;
/** A bundle's stack trace quotes the whole of a minified line. */
const CUT = 2_000;

/** What a program of ours writes about its three calls. */
export const DONE = {
  date: '2015-01-28T01:32:24.697136',
  reward: expect.stringMatching(/^test_/) as string,
  ping: 'delivered',
};

export const programPath = (name: string): string => join(__dirname, 'programs', name);

/**
 * Runs a program on the built package and returns what its last line says. It must end by itself, with code 0: a socket or a timer
 * that is left open fails the test.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  { nodeArgs = [], env = {}, cwd }: { nodeArgs?: readonly string[]; env?: Record<string, string>; cwd?: string } = {},
): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  );
  clearTimeout(killer);
  if (code !== 0)
    throw new Error(`${file} ended with ${String(code ?? signal)}
${stdout.slice(-CUT)}
${stderr.slice(-CUT)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
}
