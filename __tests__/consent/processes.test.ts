import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import { Redis } from 'ioredis';
import type { ConsentStore } from 'kiip-s2s/consent';
import { postgresConsentStore } from 'kiip-s2s/postgres';
import { redisConsentStore } from 'kiip-s2s/redis';
import { Pool } from 'pg';
import { describeWith, startPostgres, startRedis, type Service } from '../support/services.js';
import { findNumber, type BackendMessage, type BackendOptions, type Batch, type Task } from './processes/messages.js';

const USERS = 1_000;
const ROUNDS = 3;
const DEVICES = ['phone', 'tablet'];
/** Every tenth player plays through both backends at once; the others change between them. */
const isTorn = (index: number): boolean => index % 10 === 0;
const nameUser = (index: number): string => `player-${index}`;

interface Payload {
  device: { id: string };
  user: { userid: string };
  user_consent_info?: { state: string };
}

/** The platform: keeps what it was told for each pair, in order, and fails by a script. */
class Platform {
  readonly told = new Map<string, number[]>();
  readonly failed = new Map<string, number>();
  requests = 0;
  isFaulty = true;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void json(request).then((payload) => this.#answer(payload as Payload, response));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ device, user, user_consent_info: consent }: Payload, response: ServerResponse): void {
    const pair = `${user.userid} ${device.id}`;
    const fault = this.isFaulty ? Math.random() : 1;
    this.requests += 1;
    // 503: not told. A reset before and after: not told, told and nobody knows. Anything else: told.
    const isTold = fault >= 0.08;
    if (isTold && consent !== undefined)
      this.told.set(pair, [...(this.told.get(pair) ?? []), findNumber(consent.state)]);
    if (fault < 0.12) this.failed.set(pair, (this.failed.get(pair) ?? 0) + 1);
    if (fault < 0.04) response.writeHead(503).end('{}');
    else if (fault < 0.12) response.destroy();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"date":"2025-01-01T00:00:00.000000"}');
  }
}

/** A backend that is started again when it dies. */
class Backend {
  readonly #file: string;
  readonly #options: BackendOptions;
  readonly #onLost: (pair: string) => void;
  #child: ChildProcess | null = null;
  crashes = 0;

  constructor(file: string, options: BackendOptions, onLost: (pair: string) => void) {
    this.#file = file;
    this.#options = options;
    this.#onLost = onLost;
  }

  /** Resolves when the batch is done, or when the process died over it. */
  async run(batch: Batch): Promise<void> {
    const child = this.#child ?? (await this.#start());
    this.#child = child;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        resolve();
      };
      const onMessage = (message: BackendMessage): void => {
        if (message.kind === 'lost') this.#onLost(message.pair);
        else done();
      };
      const onExit = (): void => {
        this.#child = null;
        this.crashes += 1;
        done();
      };
      child.on('message', onMessage).on('exit', onExit);
      child.send(batch);
    });
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(this.#file, {
      env: { ...process.env, BACKEND: JSON.stringify(this.#options) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }
}

const shuffle = <T>(items: T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

async function play(store: 'redis' | 'postgres', storeUrl: string, trail: ConsentStore): Promise<void> {
  const folder = mkdtempSync(join('node_modules', '.kiip-consent-'));
  const file = join(folder, 'backend.cjs');
  buildSync({
    entryPoints: ['__tests__/consent/processes/backend.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
    conditions: ['node'],
  });
  const platform = new Platform();
  const lost = new Map<string, number>();
  const platformUrl = await platform.start();
  const backends = [0, 1].map(
    () => new Backend(file, { platformUrl, store, storeUrl }, (pair) => void lost.set(pair, (lost.get(pair) ?? 0) + 1)),
  );
  const run = (batches: Task[][], storeDown: number, crashes: readonly number[]) =>
    Promise.all(
      backends.map((backend, index) =>
        backend.run({ tasks: batches[index] ?? [], storeDown, crashAt: crashes[index] ?? 0 }),
      ),
    );
  try {
    const numbers = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const batches: Task[][] = [[], []];
      for (let index = 0; index < USERS; index += 1) {
        const user = nameUser(index);
        const chosen = Math.floor(Math.random() * 2);
        DEVICES.forEach((device, place) => {
          const task: Task = { user, device };
          const both = isTorn(index) ? batches : [batches[chosen] as Task[]];
          both.forEach((batch) => batch.push(task));
          if (Math.random() < 0.4 && (isTorn(index) || place === 0)) {
            const number = (numbers.get(user) ?? 0) + 1;
            numbers.set(user, number);
            both[Math.floor(Math.random() * both.length)]?.push({ ...task, choice: number });
          }
        });
      }
      // One of the two dies in the middle of each round, in turn.
      await run(batches.map(shuffle), 0.03, round % 2 === 0 ? [150, 0] : [0, 150]);
    }
    platform.isFaulty = false;
    // Each device comes once more when all is well.
    const last = Array.from({ length: USERS }, (_, index) =>
      DEVICES.map((device) => ({ user: nameUser(index), device })),
    );
    await run([last.slice(0, USERS / 2).flat(), last.slice(USERS / 2).flat()], 0, []);

    const problems: string[] = [];
    let [changes, pairs] = [0, 0];
    for (let index = 0; index < USERS; index += 1) {
      const user = nameUser(index);
      const chosen = (await trail.history(user)).filter(({ kind }) => kind === 'chosen');
      changes += chosen.length;
      const newest = chosen.at(-1);
      for (const device of DEVICES) {
        const pair = `${user} ${device}`;
        const told = platform.told.get(pair) ?? [];
        pairs += 1;
        if (told.at(-1) !== (newest === undefined ? undefined : findNumber(newest.state ?? '')))
          problems.push(`${pair}: ends with ${told.join(',')}, newest is ${newest?.state}`);
        if (isTorn(index)) continue;
        if (told.some((number, at) => at > 0 && number < (told[at - 1] ?? 0)))
          problems.push(`${pair}: back in ${told.join(',')}`);
        const failures = (platform.failed.get(pair) ?? 0) + (lost.get(pair) ?? 0);
        for (const number of new Set(told))
          if (told.filter((other) => other === number).length > 1 + failures)
            problems.push(`${pair}: ${number} too often in ${told.join(',')}, ${failures} failures`);
      }
    }
    const crashes = backends.reduce((sum, backend) => sum + backend.crashes, 0);
    process.stdout.write(
      `${store}: ${pairs} pairs, ${changes} changes, ${platform.requests} requests, ${crashes} crashes, ${lost.size} lost marks, ${problems.length} problems\n`,
    );
    expect(changes).toBeGreaterThan(USERS / 2);
    expect(crashes).toBe(ROUNDS);
    expect(problems).toEqual([]);
  } finally {
    for (const backend of backends) backend.stop();
    platform.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describeWith('redis', 'two backends over one Redis', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startRedis();
  });
  afterAll(() => service.stop());

  test('each pair ends with the newest choice, and no opt-out is ever reverted', async () => {
    const redis = new Redis(service.url);
    await play('redis', service.url, redisConsentStore(redis)).finally(() => redis.disconnect());
  }, 120_000);
});

describeWith('postgres', 'two backends over one PostgreSQL', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startPostgres();
  });
  afterAll(() => service.stop());

  test('each pair ends with the newest choice, and no opt-out is ever reverted', async () => {
    const pool = new Pool({ connectionString: service.url });
    const store = postgresConsentStore(pool);
    await store.migrate();
    await play('postgres', service.url, store).finally(() => pool.end());
  }, 120_000);
});
