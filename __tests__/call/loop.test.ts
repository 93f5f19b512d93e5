import { setTimeout as sleep } from 'node:timers/promises';
import { CallLoop } from '../../src/call/call-loop.js';
import { Observer } from '../../src/call/observer.js';
import type { Call, Policy } from '../../src/call/policy.js';
import type { LoopOptions } from '../../src/call/run.js';
import type { Transport, TransportRequest } from '../../src/call/transport.js';

// The parts of the loop that the clients of today use little of: a body that is made before each attempt, and giving up.

const policy = (attempts = 1): Policy<string> => ({
  operation: 'moment',
  judge: (reading, standing) =>
    reading.kind === 'answer' && standing.attempts >= attempts
      ? { kind: 'done', result: `after ${standing.attempts}` }
      : { kind: 'again', delayMs: 5, mayHurry: true, reason: { code: 'connection' } },
  stop: (why, made) => ({ kind: 'done', result: `${why} after ${made}` }),
  summarize: () => ({ outcome: 'accepted' }),
});

function makeLoop(options: Partial<LoopOptions> = {}): {
  loop: CallLoop;
  sent: TransportRequest[];
  settled: object[];
} {
  const sent: TransportRequest[] = [];
  const settled: object[] = [];
  const transport: Transport = {
    send: (request) => {
      sent.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: '{}' });
    },
  };
  const loop = new CallLoop({
    transport,
    observer: new Observer({ onSettled: (event) => void settled.push(event) }),
    host: 'api.example',
    maxConcurrent: 1,
    maxUnderWay: 10,
    whilePausing: 'keeps_place',
    maxResponseBytes: 1_000,
    ...options,
  });
  return { loop, sent, settled };
}

const call = (over: Partial<Call<string>> = {}): Call<string> => ({
  url: 'https://api.example/',
  headers: {},
  body: '{}',
  signal: undefined,
  timeoutMs: 1_000,
  deadlineMs: 1_000,
  policy: policy(),
  ...over,
});

test('a hook that aborts the call ends the attempt of a transport that enforces no limits', async () => {
  const controller = new AbortController();
  let sends = 0;
  const { loop } = makeLoop({
    observer: new Observer({ onRequest: () => controller.abort() }),
    transport: {
      send: () => {
        sends += 1;
        return new Promise(() => undefined);
      },
    },
  });
  const { signal } = controller;
  expect(await loop.run(call({ signal, timeoutMs: 60_000, deadlineMs: 60_000 }))).toBe('aborted after 1');
  expect(sends).toBe(0);
});

describe('a body that is made', () => {
  test('is asked for after the queue and before each attempt, and each attempt sends what was made for it', async () => {
    const { loop, sent } = makeLoop();
    const asked: string[] = [];
    const first = loop.run(call({ body: async () => (await sleep(30), 'first') }));
    const second = loop.run(
      call({
        policy: policy(3),
        body: (attempt) => {
          asked.push(`attempt ${attempt}, with ${sent.length} sent`);
          return Promise.resolve(`second, ${attempt}`);
        },
      }),
    );
    expect(asked).toEqual([]);
    expect(await Promise.all([first, second])).toEqual(['after 1', 'after 3']);
    expect(asked).toEqual(['attempt 1, with 1 sent', 'attempt 2, with 2 sent', 'attempt 3, with 3 sent']);
    expect(sent.map(({ body }) => body)).toEqual(['first', 'second, 1', 'second, 2', 'second, 3']);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('the store is away'))],
    [
      'throws',
      () => {
        throw new Error('the store is away');
      },
    ],
  ])('that %s: the call fails with that error, nothing is sent, and the place is free again', async (_, body) => {
    const { loop, sent, settled } = makeLoop();
    await expect(loop.run(call({ body }))).rejects.toThrow('the store is away');
    expect(sent).toEqual([]);
    expect(settled).toEqual([
      {
        operation: 'moment',
        attempts: 0,
        durationMs: expect.any(Number) as number,
        outcome: 'error',
        code: 'unknown',
      },
    ]);
    expect(await loop.run(call())).toBe('after 1');
  });

  test('that hangs does not outlast the deadline or the signal', async () => {
    const { loop, sent } = makeLoop({ maxConcurrent: 5 });
    const hang = (): Promise<string> => new Promise(() => undefined);
    const controller = new AbortController();
    const late = loop.run(call({ body: hang, deadlineMs: 30 }));
    const aborted = loop.run(call({ body: hang, signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBe('aborted after 0');
    expect(await late).toBe('late after 0');
    expect(sent).toEqual([]);
    await loop.close();
  });
});

test('beyond maxUnderWay a call is refused; what is given up leaves its place', async () => {
  const { loop } = makeLoop({ maxUnderWay: 2, mayAbandon: true });
  const hang = (): Promise<string> => new Promise(() => undefined);
  const calls = [loop.run(call({ body: hang })), loop.run(call({ signal: new AbortController().signal }))];
  expect(await loop.run(call())).toBe('overloaded after 0');
  loop.abandon();
  expect(await Promise.all(calls)).toEqual(['abandoned after 0', 'abandoned after 0']);
  await loop.close();
  expect(await loop.run(call())).toBe('closed after 0');
});

test('close() cuts short a pause that may be, and waits for the rest', async () => {
  const { loop, sent } = makeLoop({ whilePausing: 'frees_place' });
  const slow: Policy<string> = {
    ...policy(2),
    judge: (reading, standing) => {
      const verdict = policy(2).judge(reading, standing);
      return verdict.kind === 'again' ? { ...verdict, delayMs: 60_000 } : verdict;
    },
  };
  const pausing = loop.run(call({ policy: slow, deadlineMs: 100_000 }));
  while (sent.length === 0) await sleep(1);
  await sleep(5);
  await loop.close();
  expect(await pausing).toBe('after 2');
});
