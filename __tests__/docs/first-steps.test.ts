import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWith, locate, startPostgres, type Service } from '../support/services.js';

describeWith(['postgres', 'node22'], 'the first steps of README.md, over PostgreSQL', () => {
  let service: Service;
  let folder: string;
  beforeEach(async () => {
    service = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'kiip-first-steps-suite-'));
  });
  afterEach(async () => {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(node: string): { readonly child: ChildProcess; read(): string } {
    const place = { PGHOST: '127.0.0.1', PGPORT: String(service.port), PGUSER: 'kiip', PGDATABASE: 'postgres' };
    const child = spawn(node, ['scripts/first-steps.mjs'], {
      env: { ...process.env, NODE_OPTIONS: '', TMPDIR: folder, ...place },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    return { child, read: () => output };
  }

  /** The processes that work in our folder. */
  function listProcesses(): string[] {
    const at = (pid: string): string => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`);
      } catch {
        return '';
      }
    };
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && at(pid).startsWith(folder));
  }

  async function expectNothingLeft(): Promise<void> {
    await sleep(500); // a process that was killed goes by and by
    expect(readdirSync(folder).filter((name) => name.startsWith('kiip-first-steps-'))).toEqual([]);
    expect(listProcesses()).toEqual([]);
  }

  test.each([
    ['22, as it is', () => locate('node22') ?? '', 'node callback.mts'],
    ['20, by tsx', () => process.execPath, 'npx tsx callback.mts'],
  ])(
    'lead to a reward and to coins that are credited once, on Node %s',
    async (_, findNode, command) => {
      const { child, read } = start(findNode());
      const [code] = (await once(child, 'close')) as [number | null];
      process.stdout.write(`\n${read()}`);
      expect({ code, output: read() }).toEqual({ code: 0, output: expect.stringContaining(command) as string });
      expect(read()).toContain('node reward.mjs');
      expect(read()).toContain('in 3 commands');
      expect(read()).toContain('in 8 commands');
      expect(read()).toContain('sent again: {"result":"duplicate"}; coins: 20');
      await expectNothingLeft();
    },
    300_000,
  );

  test('leave no process and no file behind when they are stopped', async () => {
    const { child } = start(process.execPath);
    while (listProcesses().length === 0) await sleep(20);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([143, null]);
    await expectNothingLeft();
  }, 300_000);
});
