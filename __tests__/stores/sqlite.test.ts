import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import Database from 'libsql';
import { sqliteLedger, type SqliteDatabaseLike } from 'kiip-s2s/sql';
import { startClock } from '../support/clock.js';
import { describeWith, locate } from '../support/services.js';
import { gate, ledgerContract } from './contract.js';
import { Worker } from './sqlite/crowd.js';

const folder = mkdtempSync(join(tmpdir(), 'kiip-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let serial = 0;
const freshPath = (): string => join(folder, `${(serial += 1)}.db`);
const open = (path: string): SqliteDatabaseLike => new Database(path) as unknown as SqliteDatabaseLike;
const nothing = async (): Promise<void> => undefined;

ledgerContract<undefined>('sqliteLedger, libsql', { leases: true }, async () => {
  const path = freshPath();
  const database = open(path);
  return {
    first: sqliteLedger(path, { database: open(path), leaseMs: 60_000 }),
    second: sqliteLedger(path, { database: open(path), leaseMs: 60_000 }),
    expireClaims: async () => void database.exec('UPDATE kiip_s2s_ledger SET ends_at = 0 WHERE ends_at IS NOT NULL'),
    close: async () => void database.close(),
  };
});

test('a lost lease is told to the work', async () => {
  const path = freshPath();
  const [database, onlooker] = [open(path), open(path)];
  const ledger = sqliteLedger(path, { database, leaseMs: 90 });
  const running = ledger.run(['key'], async (_tx, claim) => {
    const lost = new Promise((resolve) => claim?.onLost(resolve));
    onlooker.exec(`UPDATE kiip_s2s_ledger SET token = 'another'`);
    expect(await lost).toMatchObject({ code: 'claim_lost' });
  });
  await expect(running).rejects.toMatchObject({ code: 'claim_lost' });
});

test('a lease is renewed for as long as the work takes', async () => {
  const path = freshPath();
  const ledger = sqliteLedger(path, { database: open(path), leaseMs: 150 });
  const running = ledger.run(['key'], () => new Promise((resolve) => setTimeout(resolve, 600)));
  const other = sqliteLedger(path, { database: open(path), leaseMs: 150 });
  for (let n = 0; n < 5; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await other.run(['key'], nothing)).toBe('busy');
  }
  expect(await running).toBe('processed');
});

test('close waits for the work of another receiver on the same ledger, so that its credit is marked', async () => {
  const path = freshPath();
  const ledger = sqliteLedger(path, { database: open(path) });
  const entered = gate();
  const release = gate();
  const running = ledger.run(['key'], async () => {
    entered.open();
    await release.opened;
  });
  await entered.opened;
  let isClosed = false;
  const closing = Promise.all([ledger.close?.(), ledger.close?.()]).then(() => (isClosed = true));
  await expect(ledger.run(['later'], nothing)).rejects.toMatchObject({ code: 'closed' });
  expect(isClosed).toBe(false);
  release.open();
  expect(await running).toBe('processed');
  await closing;
  expect(await sqliteLedger(path, { database: open(path) }).run(['key'], nothing)).toBe('duplicate');
});

test('an error that ended the transaction by itself is told as it is, and the next callback is processed', async () => {
  const path = freshPath();
  const database = open(path);
  const ledger = sqliteLedger(path, { database });
  await ledger.run(['first'], nothing);
  database.exec(
    `CREATE TRIGGER full BEFORE INSERT ON kiip_s2s_ledger WHEN NEW.id = 'unlucky' BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END`,
  );
  await expect(ledger.run(['unlucky'], nothing)).rejects.toThrow('disk full');
  expect(await ledger.run(['lucky'], nothing)).toBe('processed');
});

test('a database that answers with bigints', async () => {
  const path = freshPath();
  const database = new Database(path);
  database.defaultSafeIntegers(true);
  const ledger = sqliteLedger(path, { database: database as unknown as SqliteDatabaseLike });
  const at = Date.now();
  expect(await ledger.run(['redemption reward-1'], nothing)).toBe('processed');
  expect(await ledger.run(['redemption reward-1'], nothing)).toBe('duplicate');
  const [entry] = await ledger.find('reward-1');
  expect(Math.abs((entry?.at.getTime() ?? 0) - at)).toBeLessThan(60_000);
});

test('a file that another process writes for long is busy within 3 s, and this process goes on meanwhile', async () => {
  const path = freshPath();
  const ledger = sqliteLedger(path, { database: open(path) });
  await ledger.run(['first'], nothing);
  const writer = open(path);
  writer.exec('BEGIN IMMEDIATE');
  let ticks = 0;
  const clock = setInterval(() => (ticks += 1), 10);
  const elapsed = startClock();
  expect(await ledger.run(['key'], nothing)).toBe('busy');
  expect(elapsed()).toBeLessThan(3_000);
  expect(ticks).toBeGreaterThan(20);
  clearInterval(clock);
  writer.exec('ROLLBACK');
  expect(await ledger.run(['key'], nothing)).toBe('processed');
});

test('a file that is locked when the work is done is marked as soon as it is free, and close waits for the mark', async () => {
  const path = freshPath();
  const ledger = sqliteLedger(path, { database: open(path) });
  const other = sqliteLedger(path, { database: open(path) });
  const writer = open(path);
  const running = ledger.run(['key'], async () => void writer.exec('BEGIN IMMEDIATE'));
  await expect(running).rejects.toMatchObject({ code: 'store_timeout' });
  const closing = ledger.close?.();
  writer.exec('ROLLBACK');
  await closing;
  expect(await other.run(['key'], nothing)).toBe('duplicate');
});

test('refuses what is not a file or not a database, all at once', () => {
  expect(() => sqliteLedger('', { database: {} as SqliteDatabaseLike, lease: 1 } as object)).toThrow(
    /sqliteLedger: path .*; .*lease.*; database must be an open database/,
  );
  expect(() => sqliteLedger(':memory:')).toThrow(/memoryLedger/);
  const closed = open(freshPath());
  closed.close();
  expect(() => sqliteLedger('a.db', { database: closed })).toThrow(/database must be an open database/);
});

test('a Node without node:sqlite says what to do', () => {
  // jest's own process runs on the oldest Node that is supported, or says so by not throwing.
  const has = process.getBuiltinModule?.('node:sqlite') !== undefined;
  const make = (): unknown => sqliteLedger(freshPath());
  if (has) expect(make).not.toThrow();
  else
    expect(make).toThrow(/needs node:sqlite \(Node 22.13 or later\), or an open database of better-sqlite3 or libsql/);
});

describe('several processes', () => {
  const bundled = join(folder, 'worker.cjs');
  beforeAll(() => {
    buildSync({
      entryPoints: [join(__dirname, 'sqlite', 'worker.ts')],
      outfile: bundled,
      bundle: true,
      platform: 'node',
      packages: 'external',
      alias: { 'kiip-s2s/sql': join(__dirname, '../../src/stores/sql/index.ts') },
    });
  });

  const crowd = async (program: string, store: 'node:sqlite' | 'libsql'): Promise<void> => {
    const path = freshPath();
    const credits = `${path}.credits`;
    // All that were ever started: two restarts at once would drop one from the list of workers.
    const started: Worker[] = [];
    const start = async (): Promise<Worker> => {
      const worker = await Worker.start(program, bundled, { path, credits, store });
      started.push(worker);
      return worker;
    };
    const workers = await Promise.all(Array.from({ length: 4 }, start));
    // A thousand callbacks, each twice and to two workers.
    const callbacks = Array.from({ length: 1_000 }, (_, n) => `reward-${n}`);
    const queue = [...callbacks, ...callbacks.toReversed()];
    let delivered = 0;
    const feed = async (slot: number): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        delivered += 1;
        if (delivered === 500 || delivered === 1_200) {
          await workers[slot]?.kill();
          workers[slot] = await start();
        }
        // What the killed worker had begun is busy until its lease ends; the platform comes again.
        const outcome = await workers[slot]?.deliver(id);
        if (outcome !== 'processed' && outcome !== 'duplicate') {
          queue.unshift(id);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    };
    await Promise.all(workers.flatMap((_, slot) => Array.from({ length: 4 }, () => feed(slot))));
    await Promise.all(started.map((worker) => worker.kill()));
    // Everything restarts, and remembers.
    const again = await start();
    for (const id of callbacks.slice(0, 20)) expect(await again.deliver(id)).toBe('duplicate');
    const { callbacks: credited, repeats } = await again.countCredits();
    await again.kill();
    expect(credited).toBe(1_000);
    // Only what a killed worker had at work, four at a time, may have been asked for again.
    expect(repeats).toBeLessThanOrEqual(8);
  };

  test('libsql: 1,000 callbacks twice each over 4 processes, two of them killed: each credited once', async () => {
    await crowd(process.execPath, 'libsql');
  }, 90_000);

  describeWith('node22', 'node:sqlite on Node 22', () => {
    const node22 = locate('node22') ?? '';
    test('1,000 callbacks twice each over 4 processes, two of them killed: each credited once', async () => {
      await crowd(node22, 'node:sqlite');
    }, 90_000);

    test('survives a restart, in both module formats’ way of loading it', async () => {
      const path = freshPath();
      const script = `const { sqliteLedger } = require(${JSON.stringify(bundled)}); const ledger = sqliteLedger(${JSON.stringify(path)}); ledger.run(['a'], async () => {}).then((outcome) => { console.log(outcome); return ledger.close(); });`;
      const run = async () =>
        (
          await promisify(execFile)(node22, ['-e', script], {
            env: { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') },
          })
        ).stdout.trim();
      expect(await run()).toBe('processed');
      expect(await run()).toBe('duplicate');
    });
  });
});
