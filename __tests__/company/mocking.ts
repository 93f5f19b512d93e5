import { DONE, programPath, runProgram } from './child.js';
import { expectCalls, type Platform } from './platform.js';
import { testWith } from './report.js';

const FORMATS = ['cjs', 'esm'] as const;

interface Mocked {
  readonly requests: readonly { headers: Record<string, string>; body: Record<string, unknown> }[];
}

/** The mock saw what would have gone out: our headers by name, and the body as one JSON document. */
function expectSeen({ requests }: Mocked): void {
  expect(requests).toHaveLength(3);
  for (const { headers, body } of requests) {
    expect(Object.keys(headers).filter((name) => /^\d+$/.test(name))).toEqual([]);
    expect(String(headers['content-type'])).toMatch(/^application\/json/);
    expect(body).toMatchObject('kmnrKey' in body ? { kmnrId: 'impression1' } : { device: { id: 'Zoë' }, test: true });
  }
  expect(requests[0]?.headers['user-agent']).toMatch(/^kiip-s2s\//);
  expect(requests[2]?.headers['user-agent']).toBe('Visitor');
}

export function describeMocking(platform: () => Platform): void {
  describe.each(['nock13', 'nock'])('%s', (tool) => {
    for (const format of FORMATS)
      testWith(tool, `${format.toUpperCase()}: answers, resets, delays, statuses; nothing leaves`, async () => {
        const mocked = await runProgram(programPath('nock.cjs'), [tool, format]);
        expect(mocked['calls']).toEqual(DONE);
        expectSeen(mocked as unknown as Mocked);
        expect(mocked).toMatchObject({
          reset: { code: 'connection', reason: 'ECONNRESET', attempts: 1 },
          late: { code: 'timeout', scope: 'attempt', attempts: 1 },
          busy: { code: 'http_status', status: 429, retryAfterMs: 7_000 },
          unmatched: { code: 'connection' },
          pending: [],
        });
        expect(platform().requests).toEqual([]);
      });
  });

  describe.each(['msw1', 'msw'])('%s', (tool) => {
    for (const format of FORMATS)
      testWith(
        tool,
        `${format.toUpperCase()}: answers, statuses, network errors; bypassed calls go out whole`,
        async () => {
          const mocked = await runProgram(programPath('msw.cjs'), [tool, format, platform().url]);
          expect(mocked['calls']).toEqual(DONE);
          expectSeen(mocked as unknown as Mocked);
          expect(mocked).toMatchObject({
            refused: { code: 'http_status', status: 503 },
            failed: { code: 'connection' },
            passed: DONE,
          });
          expectCalls(platform());
        },
      );
  });
}
