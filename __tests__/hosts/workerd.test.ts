import { request } from 'node:http';
import { SECRET, sign } from './deliveries.js';
import { Workshop, waitFor, type Program } from './programs.js';

// workerd ties what is pending to the request that began it. A request that is cancelled must leave nothing behind for others to wait for.

const WORKERS = Array.from({ length: 10 }, (_, index) => `cold worker ${index + 1}`);
const workshop = new Workshop();
let program: Program;

beforeAll(async () => {
  const [runner, script] = await Promise.all([
    workshop.build('__tests__/hosts/programs/cold-workers.ts'),
    workshop.build('__tests__/hosts/programs/cold-worker.ts', {
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
    }),
  ]);
  program = workshop.run(process.execPath, [runner, script, String(WORKERS.length)], { KIIP_APP_SECRET: SECRET });
}, 60_000);
afterAll(() => workshop.close());

/** Sends a callback, and returns what breaks its connection off. */
function sendAndBreakOff(url: string, body: string): () => void {
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.on('error', () => undefined);
  sent.end(body);
  // A plain end would be half a close only, which a server may answer.
  return () => sent.socket?.resetAndDestroy();
}

test.each(WORKERS)(
  'workerd, %s: a lookup of the secret that hangs and is cancelled holds up none of 20 others',
  async (name) => {
    const own = await program.find(name);
    const listAsked = () => program.lines.filter(({ kind, host }) => kind === 'asked' && host === name);
    const breakOff = sendAndBreakOff(own.url, sign('first').json);
    await waitFor(
      () => listAsked()[0],
      () => `the first lookup: ${program.output}`,
    );
    const answers = Array.from({ length: 20 }, async () => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(own.url, { method: 'POST', headers, body: sign('other').json });
      return `${response.status} ${await response.text()}`;
    });
    breakOff();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['200 {"result":"processed"}']));
    // The report comes through a pipe, in order: what was asked before a credit is there when the credit is.
    const waitForCredits = (count: number) =>
      waitFor(
        () =>
          program.lines.filter(({ kind, host }) => kind === 'credited' && host === name).length === count || undefined,
        () => `${count} credits: ${program.output}`,
      );
    await waitForCredits(20);
    // From the first answer on it is kept.
    const asked = listAsked().length;
    expect((await fetch(own.url, { method: 'POST', body: sign('last').json })).status).toBe(200);
    await waitForCredits(21);
    expect(listAsked()).toHaveLength(asked);
  },
  60_000,
);
