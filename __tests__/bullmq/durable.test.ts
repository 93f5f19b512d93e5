import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { build } from 'esbuild';
import { createClient } from 'redis';
import {
  createPingQueue,
  createPingWorker,
  type PingQueue,
  type PingWorker,
  type PingWorkerOptions,
} from 'kiip-s2s/bullmq';
import type { Impression, PingResult } from 'kiip-s2s/kaminari';
import { KiipConfigError } from '../../src/errors/index.js';
import { startKaminari, type Answer, type KaminariServer, type Received } from '../kaminari/kaminari-server.js';
import { VISITOR } from '../kaminari/samples.js';
import { startClock } from '../support/clock.js';
import { describeWith, freePort, startRedis, type Service } from '../support/services.js';

const impression = (kmnrId: string): Impression => ({
  kmnrId,
  subs: { sub1: 'spring' },
  // A visitor of the caller's own class may hold more than a ping needs.
  visitor: { ...VISITOR, headers: { ...VISITOR.headers, cookie: 'session=secret' }, ...{ account: 'secret' } },
});

describeWith('redis', 'durable delivery', () => {
  let redis: Service;
  let kaminari: KaminariServer;
  let answer: (request: Received, number: number) => Answer | Promise<Answer>;
  let queue: PingQueue;
  let watcher: Queue;
  let events: QueueEvents;
  const settled = new Map<string, PingResult>();
  const workers: PingWorker[] = [];

  const connection = (): { host: string; port: number } => ({ host: '127.0.0.1', port: redis.port });
  const startWorker = (options: Partial<PingWorkerOptions> = {}): PingWorker => {
    const worker = createPingWorker({
      connection: connection(),
      kmnrKey: 'XXXXXXXX',
      baseUrl: kaminari.url,
      retry: { baseDelayMs: 20, maxDelayMs: 100 },
      onSettled: ({ kmnrId, result }) => void settled.set(kmnrId, result),
      ...options,
    });
    workers.push(worker);
    return worker;
  };
  const endOf = async (...ids: string[]): Promise<PingResult[]> => {
    while (!ids.every((id) => settled.has(id))) await new Promise((resolve) => setTimeout(resolve, 10));
    return ids.map((id) => settled.get(id) as PingResult);
  };
  /** The reason of the next job that fails, as a dashboard shows it. */
  const nextFailure = (): Promise<string> =>
    new Promise((resolve) => events.once('failed', ({ failedReason }) => resolve(failedReason)));
  /** Everything in Redis, as text. */
  const dump = async (): Promise<string> => {
    const client = await createClient({ url: redis.url }).connect();
    const parts: unknown[] = [];
    for (const key of await client.keys('*')) {
      const type = await client.type(key);
      if (type === 'hash') parts.push(key, await client.hGetAll(key));
      else if (type === 'stream') parts.push(key, await client.xRange(key, '-', '+'));
      else parts.push(key, type);
    }
    await client.close();
    return JSON.stringify(parts);
  };

  beforeAll(async () => {
    redis = await startRedis();
    watcher = new Queue('kaminari-pings', { connection: connection() });
    events = new QueueEvents('kaminari-pings', { connection: connection() });
    await events.waitUntilReady();
  });
  afterAll(async () => {
    await events.close();
    await watcher.close();
    await redis.stop();
  });
  beforeEach(async () => {
    answer = () => 200;
    kaminari = await startKaminari((request, number) => answer(request, number));
    queue = createPingQueue({ connection: connection() });
    settled.clear();
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close({ graceMs: 0 })));
    await queue.close();
    await watcher.obliterate({ force: true });
    await kaminari.close();
  });

  test('204 is "not yet", the wire is the same as in process, and nothing of the visitor stays in Redis', async () => {
    answer = (_request, number) => (number < 4 ? 204 : 200);
    await queue.ping(impression('i1'));
    expect(await watcher.getJobCounts('wait', 'delayed')).toEqual({ wait: 1, delayed: 0 });
    expect(await dump()).toContain(VISITOR.ip);
    expect(await dump()).not.toMatch(/secret|XXXXXXXX/);
    startWorker();
    await expect(endOf('i1')).resolves.toEqual([{ status: 'delivered', attempts: 4 }]);
    expect(kaminari.received).toHaveLength(4);
    expect(kaminari.received[3]).toMatchObject({
      path: '/v2/ping',
      body: '{"kmnrKey":"XXXXXXXX","kmnrId":"i1","sub1":"spring"}',
      headers: {
        'user-agent': 'Visitor/1.0',
        'accept-language': 'en',
        'x-original-ip': VISITOR.ip,
        'x-forwarded-for': VISITOR.forwardedFor,
      },
    });
    expect(kaminari.received[3]?.headers).not.toHaveProperty('cookie');
    expect(await dump()).not.toMatch(/203\.0\.113\.9|Visitor\/1\.0|spring/);
  });

  test.each<[Answer, PingResult, string]>([
    [403, { status: 'rejected', httpStatus: 403, attempts: 1 }, 'rejected with status 403'],
    [{ status: 429, headers: { 'retry-after': '3600' } }, { status: 'expired', attempts: 1 }, 'expired'],
  ])('%j ends it', async (verdict, result, reason) => {
    answer = () => verdict;
    const failed = nextFailure();
    await queue.ping(impression('i1'));
    startWorker();
    await expect(endOf('i1')).resolves.toEqual([result]);
    await expect(failed).resolves.toBe(reason);
    expect(kaminari.received).toHaveLength(1);
    expect(await dump()).not.toMatch(/203\.0\.113\.9|Visitor/);
  });

  test('conversions: the same rules, a GET, any 2xx; the same one queued twice is one job', async () => {
    answer = (request, number) => (request.method === 'GET' && number > 1 ? 204 : 503);
    const ended: unknown[] = [];
    const conversion = {
      cnvId: 'reward-1',
      status: 'l1',
      payout: 0.25,
      currency: 'USD',
      subs: { sub10: 'x' },
    } as const;
    for (let i = 0; i < 2; i += 1) await queue.conversion(conversion);
    await queue.conversion({ cnvId: 'reward-1', status: 'l2' });
    expect(await watcher.getJobCounts('wait', 'delayed')).toEqual({ wait: 2, delayed: 0 });
    startWorker({ onConversionSettled: (one) => void ended.push(one) });
    while (ended.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const levels = ended.map((one) => (one as { status: string }).status).sort();
    expect(levels).toEqual(['l1', 'l2']);
    for (const one of ended) expect(one).toMatchObject({ cnvId: 'reward-1', result: { status: 'delivered' } });
    const paths = kaminari.received.map(({ method, path }) => `${method} ${path}`);
    expect(paths).toHaveLength(3);
    expect(paths).toContain(
      'GET /v1/conversion?kmnrKey=XXXXXXXX&cnvId=reward-1&status=l1&sub10=x&currency=USD&payout=0.25',
    );
    expect(settled.size).toBe(0);
    await expect(queue.conversion({ cnvId: '', status: 'l9' } as never)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'cnvId' }, { path: 'status' }],
    });
    expect(await dump()).not.toContain('reward-1');
  });

  test('the window counts from queueing: what waited longer is given up unsent', async () => {
    await queue.ping(impression('i1'));
    await new Promise((resolve) => setTimeout(resolve, 60));
    startWorker({ windowMs: 50 });
    await expect(endOf('i1')).resolves.toEqual([{ status: 'expired', attempts: 0 }]);
    answer = () => 204;
    await queue.ping(impression('i2'));
    await workers[0]?.close();
    startWorker({ windowMs: 400 });
    const [result] = await endOf('i2');
    expect(result).toMatchObject({ status: 'expired' });
    expect(kaminari.received.map(({ fields }) => fields['kmnrId'])).not.toContain('i1');
  });

  test('the same impression queued twice is one job; any id can be one', async () => {
    const ids = ['1125570260', 'a:b:c:d', '0', 'ü'];
    for (const id of [...ids, ...ids]) await queue.ping(impression(id));
    startWorker();
    await endOf(...ids);
    expect(kaminari.received.map(({ fields }) => fields['kmnrId']).sort()).toEqual([...ids].sort());
  });

  test('close with a wrong option rejects, and closes nothing', async () => {
    const wrong = { gracems: 5 } as unknown as { graceMs: number };
    await expect(startWorker().close(wrong)).rejects.toMatchObject({ issues: [{ path: 'gracems' }] });
    await queue.ping(impression('i1'));
    await expect(endOf('i1')).resolves.toMatchObject([{ status: 'delivered' }]);
  });

  test('close frees the sockets even if BullMQ cannot close', async () => {
    const worker = startWorker();
    workers.pop();
    await queue.ping(impression('i1'));
    await endOf('i1');
    expect(await kaminari.countConnections()).toBe(1);
    const closing = jest.spyOn(Worker.prototype, 'close').mockRejectedValueOnce(new Error('Redis is gone'));
    const elapsed = startClock();
    await expect(worker.close()).rejects.toThrow('Redis is gone');
    const [stuck] = closing.mock.contexts;
    closing.mockRestore();
    await stuck?.close();
    while ((await kaminari.countConnections()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // An idle connection would stay four seconds.
    expect(elapsed()).toBeLessThan(2_000);
  });

  test('close puts back what is under way: the next worker delivers it', async () => {
    answer = (_request, number) => (number === 1 ? 'black hole' : 200);
    await queue.ping(impression('i1'));
    const first = startWorker();
    await kaminari.reached(1);
    const elapsed = startClock();
    await first.close({ graceMs: 50 });
    expect(elapsed()).toBeLessThan(5_000);
    expect(settled.size).toBe(0);
    startWorker();
    await expect(endOf('i1')).resolves.toEqual([{ status: 'delivered', attempts: 2 }]);
  });

  test('wrong input and options', async () => {
    await expect(queue.ping({ ...impression(''), visitor: { ...VISITOR, ip: 'nobody' } })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'kmnrId' }, { path: 'visitor.ip' }],
    });
    expect(() => startWorker({ kmnrKey: '', baseUrl: 'x' })).toThrow(KiipConfigError);
    const misspelled = { conection: {}, enqueueTimeoutMs: 0, maxPending: NaN, queueName: '' };
    expect(() => createPingQueue(misspelled as never)).toThrow(KiipConfigError);
    expect(() => createPingQueue(misspelled as never)).toThrow(
      /connection must .*queueName .*enqueueTimeoutMs .*maxPending .*conection .*did you mean connection/,
    );
    expect(() =>
      startWorker({
        concurency: 5,
        concurrency: 0,
        lockDurationMs: 0,
        stalledIntervalMs: 0,
        connection: undefined,
      } as never),
    ).toThrow(/connection .*concurrency .*lockDurationMs .*stalledIntervalMs .*concurency .*did you mean concurrency/);
    // Somebody else's job in our queue is failed, not sent.
    await watcher.add('ping', { anything: 1 });
    const failed = nextFailure();
    startWorker();
    await expect(failed).resolves.toBe('neither a ping nor a conversion');
    expect(kaminari.received).toEqual([]);
    await queue.close();
    await expect(queue.ping(impression('i1'))).rejects.toMatchObject({ code: 'closed', operation: 'ping' });
    const conversion = queue.conversion({ cnvId: 'a', status: 'l1' });
    await expect(conversion).rejects.toMatchObject({ code: 'closed', operation: 'conversion' });
  });

  test('onSettled may throw or reject: it is said once, and the jobs end', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    let calls = 0;
    const both = new Promise<void>((resolve) => {
      const onSettled = (): Promise<never> => {
        calls += 1;
        if (calls === 2) resolve();
        if (calls === 1) return Promise.reject(new Error('from the caller'));
        throw new Error('from the caller');
      };
      startWorker({ onSettled });
    });
    await queue.ping(impression('i1'));
    await queue.ping(impression('i2'));
    await both;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('onSettled'), { type: 'KiipWarning', code: 'KIIP_HOOK_THREW' }],
    ]);
    warn.mockRestore();
  });

  test('onError may throw or reject: it is said once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    let calls = 0;
    const onError = (): Promise<never> => {
      calls += 1;
      if (calls === 2) throw new Error('from the caller');
      return Promise.reject(new Error('from the caller'));
    };
    const lost = createPingQueue({ connection: { host: '127.0.0.1', port: await freePort() }, onError });
    while (calls < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    await lost.close();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('onError'), { type: 'KiipWarning', code: 'KIIP_HOOK_THREW' }],
    ]);
    warn.mockRestore();
  });

  test('a transport that cannot work is said once; the jobs stay in Redis', async () => {
    const said = new Promise<unknown[]>((resolve) => {
      jest.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => resolve(args));
    });
    const unusable = { send: () => Promise.reject(new KiipConfigError('The module axios cannot be loaded.')) };
    startWorker({ transport: unusable });
    await queue.ping(impression('i1'));
    expect(await said).toEqual([
      expect.stringContaining('The module axios cannot be loaded.'),
      { type: 'KiipWarning', code: 'KIIP_BULLMQ' },
    ]);
    expect(settled.size).toBe(0);
    expect(await watcher.getJobCountByTypes('wait', 'active', 'delayed')).toBe(1);
    jest.restoreAllMocks();
  });

  test('Redis away: an error in time, without the visitor in it, and a bound on what waits', async () => {
    const errors: Error[] = [];
    const lost = createPingQueue({
      connection: { host: '127.0.0.1', port: await freePort() },
      enqueueTimeoutMs: 100,
      maxPending: 1,
      onError: (error) => errors.push(error),
    });
    const first = lost.ping(impression('i1'));
    await expect(lost.ping(impression('i2'))).rejects.toMatchObject({ code: 'overloaded', operation: 'ping' });
    const error: unknown = await first.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'connection', reason: 'redis_timeout', attempts: 0 });
    expect(inspect(error)).not.toContain(VISITOR.ip);
    // Told that it failed, and yet it waits for Redis: with every visitor of an outage there would be one more in memory.
    await expect(lost.ping(impression('i3'))).rejects.toMatchObject({ code: 'overloaded' });
    await lost.close();

    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const silent = createPingQueue({
      connection: { host: '127.0.0.1', port: await freePort() },
      enqueueTimeoutMs: 300,
    });
    await expect(silent.ping(impression('i1'))).rejects.toMatchObject({ code: 'connection' });
    await silent.close();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('ECONNREFUSED'), { type: 'KiipWarning', code: 'KIIP_BULLMQ' }],
    ]);
    warn.mockRestore();
    expect(errors[0]).toMatchObject({ code: 'connection', reason: 'ECONNREFUSED' });
  });

  test('1,000 pings, the worker process killed twice: every one delivered, duplicates only of what was on its way', async () => {
    // Inside node_modules, so that the packages left out of the bundle are found by require and by import alike.
    const folder = mkdtempSync(join(__dirname, '../../node_modules/.kiip-worker-'));
    const file = join(folder, 'worker.cjs');
    await build({
      entryPoints: [join(__dirname, 'worker-process.ts')],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      packages: 'external',
      tsconfig: 'tsconfig.json',
      alias: { 'kiip-s2s/bullmq': join(__dirname, '../../src/bullmq/index.ts') },
    });
    const seen = new Map<string, number>();
    const accepted = new Map<string, number>();
    answer = async ({ fields: { kmnrId = '' } }) => {
      const count = (seen.get(kmnrId) ?? 0) + 1;
      seen.set(kmnrId, count);
      if (count % 3 !== 0) return 204;
      accepted.set(kmnrId, (accepted.get(kmnrId) ?? 0) + 1);
      // Accepted, but the worker does not know yet: the moment in which a kill makes a duplicate.
      await new Promise((resolve) => setTimeout(resolve, 30));
      return 200;
    };
    const launch = async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [file, String(redis.port), kaminari.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout!, 'data');
      return child;
    };
    const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    };
    const ids = Array.from({ length: 1_000 }, (_, i) => `ping_${i}`);
    await Promise.all(ids.map((id) => queue.ping(impression(id))));

    let child = await launch();
    const stalled = new Set<string>();
    events.on('stalled', ({ jobId }) => void stalled.add(jobId));
    for (const requests of [600, 2_400]) {
      await kaminari.reached(requests);
      await kill(child, 'SIGKILL');
      child = await launch();
    }
    for (let left = 1; left > 0;) {
      const counts = await watcher.getJobCounts('wait', 'active', 'delayed', 'failed', 'completed');
      left = Object.values(counts).reduce((sum, count) => sum + count, 0);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await kill(child, 'SIGTERM');
    rmSync(folder, { recursive: true });

    expect([...accepted.keys()].sort()).toEqual([...ids].sort());
    const duplicates = [...accepted.values()].filter((count) => count > 1).length;
    process.stdout.write(
      `1,000 pings, 2 kills: ${accepted.size} delivered, ${duplicates} twice, ${stalled.size} jobs taken over\n`,
    );
    // At most what was under way when a process died: its concurrency, twice.
    expect(stalled.size).toBeGreaterThan(0);
    expect(stalled.size).toBeLessThanOrEqual(100);
    expect(duplicates).toBeLessThanOrEqual(stalled.size);
    expect(await dump()).not.toMatch(/203\.0\.113\.9|Visitor\/1\.0/);
  }, 60_000);
});
