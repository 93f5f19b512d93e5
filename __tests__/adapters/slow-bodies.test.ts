import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

// The script's exit code judges its figures: at most 512 kB for each connection, every body processed, no more than 256 MB in all.
test('a body in one-byte chunks costs no more than half a megabyte, in a process of its own for each kind of stream', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/slow-bodies.mjs', '8', 'node', 'fetch']);
  expect(stdout.match(/8 of 8/g)).toHaveLength(2);
}, 120_000);
