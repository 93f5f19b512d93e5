import { DONE, programPath, runProgram } from './child.js';
import { expectCalls, readHeader, type Platform } from './platform.js';
import { testWith } from './report.js';

/** Other HTTP clients in the same process: the caller's axios, what people put on it, and undici. */
export function describeOtherClients(platform: () => Platform): void {
  const runInstance = (): Promise<Record<string, unknown>> =>
    runProgram(programPath('axios-instance.cjs'), [platform().url]);

  testWith('axios', "an instance of the caller's: its interceptors see every request and answer", async () => {
    expect(await runInstance()).toMatchObject({ calls: DONE, statuses: [200, 200, 200] });
    expectCalls(platform());
    for (const request of platform().requests) expect(readHeader(request, 'x-gateway')).toBe('blue');
  });

  testWith('axios-mock-adapter', "on the caller's instance: answers and network errors", async () => {
    expect(await runInstance()).toMatchObject({ answered: DONE, failed: { code: 'connection' } });
  });

  testWith('undici', 'its global dispatcher is left alone', async () => {
    expect(await runProgram(programPath('undici.mjs'), [platform().url])).toEqual({
      calls: DONE,
      kept: true,
      dispatched: 0,
    });
    expectCalls(platform());
  });
}
