import fc from 'fast-check';
import {
  KiipClient,
  KiipConnectionError,
  KiipHttpError,
  TransportError,
  type KiipError,
  type Transport,
} from 'kiip-s2s';
import { mayRepeat } from '../../src/client/retry.js';
import { backoffMs, retryAfterMs } from '../../src/call/backoff.js';
import type { Failure } from '../../src/call/failure.js';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';

const delay = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('pauses of ours', () => {
  test('lie between 0 and the bound, which doubles and then stays at maxDelayMs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), delay, delay, unit, (attempt, baseDelayMs, maxDelayMs, random) => {
        const limits = { baseDelayMs, maxDelayMs };
        const pause = backoffMs(attempt, limits, random);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(Math.min(maxDelayMs, baseDelayMs * 2 ** (Math.min(attempt, 40) - 1)));
        expect(backoffMs(attempt + 1, limits, random)).toBeGreaterThanOrEqual(pause);
      }),
      { numRuns: 1_000 },
    );
  });

  test('have full jitter: the whole bound, in proportion to chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), unit, (attempt, random) => {
        const bound = Math.min(5_000, 250 * 2 ** (attempt - 1));
        expect(backoffMs(attempt, { baseDelayMs: 250, maxDelayMs: 5_000 }, random)).toBeCloseTo(random * bound, 6);
      }),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.parse('1994-11-06T08:49:00Z');

  test('whatever it says, the answer is null or a number of milliseconds from 0', () => {
    const header = fc.oneof(
      fc.string(),
      fc.bigInt({ min: 0n }).map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.constantFrom('-1', '1.5', '', ' ', '1, 2', 'Sunday', 'Sun, 99 Nov 1994', 'NaN', '1e3', '0x10', 'Infinity'),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 8.64e15 }), (text, at) => {
        const wait = retryAfterMs(text, at);
        expect(wait === null || (Number.isFinite(wait) && wait >= 0)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
    ['1.5', null],
    ['-5', null],
    ['soon', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is %j, in any time zone', (header, expected) => {
    const zone = process.env['TZ'];
    try {
      for (const TZ of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
        process.env['TZ'] = TZ;
        expect(retryAfterMs(header, now)).toBe(expected);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

test('what may be repeated: the table of docs/retries.md, and nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
      const refused: Failure = { kind: 'status', status, retryAfterMs: null, redirectHost: null, response: null };
      expect(mayRepeat('moment', refused)).toBe(status === 429 || status === 503);
      for (const session of ['session_start', 'session_end'] as const)
        expect(mayRepeat(session, refused)).toBe([429, 502, 503, 504].includes(status));
    }),
    { numRuns: 900 },
  );
  for (const maybeSent of [true, false]) {
    const limit = { timeoutMs: 5, maybeSent, status: null } as const;
    const failures: Failure[] = [
      { kind: 'connection', reason: 'ECONNRESET', maybeSent, status: null },
      { kind: 'timeout', scope: 'attempt', ...limit },
    ];
    for (const failure of failures) {
      expect(mayRepeat('moment', failure)).toBe(!maybeSent);
      expect(mayRepeat('session_start', failure)).toBe(true);
      expect(mayRepeat('session_end', failure)).toBe(true);
    }
    const final: Failure[] = [
      { kind: 'timeout', scope: 'deadline', ...limit },
      { kind: 'status', status: 503, retryAfterMs: null, redirectHost: 'elsewhere.example', response: null },
      { kind: 'unreadable', reason: 'too_large', status: 200, contentType: null },
    ];
    for (const failure of final)
      for (const operation of ['moment', 'session_start', 'session_end'] as const)
        expect(mayRepeat(operation, failure)).toBe(false);
  }
});

describe('a whole call, whatever its attempts meet', () => {
  type Fate =
    | { kind: 'status'; status: number; retryAfter?: string }
    | { kind: 'fails'; maybeSent: boolean; takesMs: number }
    | { kind: 'hangs' }
    | { kind: 'rewards' };
  const fate: fc.Arbitrary<Fate> = fc.oneof(
    fc.record(
      {
        kind: fc.constant('status' as const),
        status: fc.constantFrom(400, 429, 500, 502, 503, 504),
        retryAfter: fc.constantFrom('0', '1', '3600', 'soon'),
      },
      { requiredKeys: ['kind', 'status'] },
    ) as fc.Arbitrary<Fate>,
    fc.record({
      kind: fc.constant('fails' as const),
      maybeSent: fc.boolean(),
      takesMs: fc.integer({ min: 0, max: 5 }),
    }),
    fc.constant({ kind: 'hangs' } as const),
    fc.constant({ kind: 'rewards' } as const),
  );

  /** Plays the fates, one a request, the last one for ever. */
  function transportOf(fates: readonly Fate[]): { transport: Transport; sent: Fate[] } {
    const sent: Fate[] = [];
    const send: Transport['send'] = ({ signal }) => {
      const next = fates[Math.min(sent.length, fates.length - 1)] ?? { kind: 'rewards' };
      sent.push(next);
      if (next.kind === 'rewards') return Promise.resolve({ status: 200, headers: {}, body: REWARD_JSON });
      if (next.kind === 'status')
        return Promise.resolve({ status: next.status, headers: { 'retry-after': next.retryAfter }, body: '' });
      return new Promise((_, reject) => {
        const fail = (maybeSent: boolean): void =>
          reject(new TransportError({ kind: 'connection', reason: 'ECONNRESET', maybeSent }));
        if (next.kind === 'fails') setTimeout(fail, next.takesMs, next.maybeSent);
        else signal?.addEventListener('abort', () => fail(true), { once: true });
      });
    };
    return { transport: { send }, sent };
  }

  const call = fc.record({
    fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    baseDelayMs: fc.integer({ min: 0, max: 20 }),
    timeoutMs: fc.integer({ min: 1, max: 20 }),
    deadlineMs: fc.integer({ min: 1, max: 60 }),
    operation: fc.constantFrom('moment' as const, 'startSession' as const),
  });

  // On a clock that only timers move: exact bounds, however busy the machine is.
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  test('ends within deadlineMs, in at most maxAttempts requests, and never sends a moment again that may have arrived', async () => {
    await fc.assert(
      fc.asyncProperty(call, async ({ fates, maxAttempts, baseDelayMs, timeoutMs, deadlineMs, operation }) => {
        const { transport, sent } = transportOf(fates);
        const client = new KiipClient({
          ...APP,
          transport,
          timeoutMs,
          deadlineMs,
          retry: { maxAttempts, baseDelayMs, maxDelayMs: 50 },
        });
        const startedAt = performance.now();
        let endedAt = NaN;
        const ending = (operation === 'moment' ? client.moment('level_up', CONTEXT) : client.startSession(CONTEXT))
          .catch((error: KiipError) => error)
          .finally(() => (endedAt = performance.now()));
        while (Number.isNaN(endedAt) && performance.now() <= startedAt + deadlineMs)
          await jest.advanceTimersByTimeAsync(1);
        expect(endedAt - startedAt).toBeLessThanOrEqual(deadlineMs);
        const result = await ending;
        expect(sent.length).toBeLessThanOrEqual(maxAttempts);
        if (operation === 'moment') {
          for (const earlier of sent.slice(0, -1))
            expect(
              earlier.kind === 'fails'
                ? !earlier.maybeSent
                : earlier.kind === 'status' && [429, 503].includes(earlier.status),
            ).toBe(true);
        }
        if (result instanceof KiipHttpError || result instanceof KiipConnectionError)
          expect(result.attempts).toBe(sent.length);
        expect(sent.slice(0, -1).some(({ kind }) => kind === 'rewards')).toBe(false);
        await client.close();
      }),
      { numRuns: 500 },
    );
  });
});
