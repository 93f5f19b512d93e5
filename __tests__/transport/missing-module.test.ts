import { inspect } from 'node:util';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { KiipClient, KiipConfigError } from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { VISITOR } from '../kaminari/samples.js';
import { APP, CONTEXT } from '../support/context.js';
import { answer, startWire, type Wire } from './wire.js';

let mockMissing = true;
jest.mock('axios/dist/browser/axios.cjs', () => {
  if (mockMissing)
    throw Object.assign(new Error("Cannot find package 'axios' imported from /home/me/secret/index.js"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  return jest.requireActual<object>('axios/dist/browser/axios.cjs');
});

let wire: Wire;
beforeEach(async () => {
  mockMissing = true;
  wire = await startWire(({ socket }) => socket.write(answer()));
});
afterEach(() => wire.close());
const baseUrl = (): string => new URL(wire.url).origin;

test('without axios every call is a KiipConfigError that names it, nothing is sent, and close() resolves', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  const settled: unknown[] = [];
  const hooks = { onSettled: (event: object) => void settled.push(event) };
  const client = new KiipClient({ ...APP, baseUrl: baseUrl(), hooks });
  const kaminari = new KaminariClient({ kmnrKey: 'k', baseUrl: baseUrl() });
  const calls = [
    client.startSession(CONTEXT),
    client.moment('level_up', CONTEXT),
    kaminari.ping({ kmnrId: 'a', visitor: VISITOR }),
    kaminari.test({ kmnrId: 'a', visitor: VISITOR }),
  ];
  for (const call of calls) {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KiipConfigError);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /module axios cannot be loaded \(ERR_MODULE_NOT_FOUND\).*Nothing was sent/,
      ) as string,
      issues: [{ path: 'axios' }],
    });
    expect(inspect(error)).not.toContain('/home/me');
  }
  await client.close();
  await kaminari.close();
  await new Promise(setImmediate);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(wire.connections()).toBe(0);
  expect(settled).toEqual([
    {
      operation: 'session_start',
      attempts: 0,
      durationMs: expect.any(Number) as number,
      outcome: 'error',
      code: 'config',
    },
    { operation: 'moment', attempts: 0, durationMs: expect.any(Number) as number, outcome: 'error', code: 'config' },
  ]);
});

test('it is asked for anew: a later call works once it is there', async () => {
  const transport = createTransport();
  const client = new KiipClient({ ...APP, baseUrl: baseUrl(), transport });
  await expect(client.moment('level_up', CONTEXT)).rejects.toMatchObject({ code: 'config' });
  mockMissing = false;
  await expect(client.moment('level_up', CONTEXT)).resolves.toMatchObject({ rewarded: false });
  await client.close();
  await transport.close?.();
});
