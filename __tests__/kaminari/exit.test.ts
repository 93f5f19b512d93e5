import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startKaminari } from './kaminari-server.js';

const PROGRAM = `
import { KaminariClient } from '${join(__dirname, '../../src/kaminari/index.ts')}';
const client = new KaminariClient({ kmnrKey: 'k', baseUrl: process.argv[2], maxConcurrent: 2 });
const visitor = { ip: '', forwardedFor: '', headers: {} };
const pings = ['1', '2', '3', '4'].map((kmnrId) => client.ping({ kmnrId, visitor }));
setTimeout(async () => {
  const report = await client.close({ graceMs: 50 });
  console.log(JSON.stringify([report, (await Promise.all(pings)).map(({ status }) => status)]));
}, 200);
`;

test('after close() the process ends by itself, whatever was pending', async () => {
  const kaminari = await startKaminari((_request, number) => (number === 1 ? 204 : 'black hole'));
  const folder = mkdtempSync(join(tmpdir(), 'kiip-exit-'));
  const outfile = join(folder, 'program.cjs');
  await build({
    stdin: { contents: PROGRAM, resolveDir: __dirname, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  const child = spawn(process.execPath, [outfile, kaminari.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  await kaminari.close();
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual([{ delivered: 0, abandoned: 4 }, Array(4).fill('aborted')]);
});
