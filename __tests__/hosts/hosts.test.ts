import { resolve } from 'node:path';
import { rows, send } from '../adapters/oddity-rows.js';
import { locate, startRedis, type ServiceName } from '../support/services.js';
import { BRIDGE_TOKEN, startUpstashBridge } from '../support/upstash-bridge.js';
import { SECRET, sign } from './deliveries.js';
import { hosts, type HostRow, type Statuses } from './host-rows.js';
import { startNext } from './next.js';
import { Workshop, waitFor, type Program, type RunningHost } from './programs.js';

// The callback endpoint in every host it is documented for: installed, started, and sent what the platform may send. The expected statuses
// are those of docs/callbacks.md.

/** The gateways of functions wait for the end of a body. */
const WAITS = /^(?:Lambda|serverless-http|Azure)/;

const workshop = new Workshop();
const running = new Map<string, RunningHost>();
const results: (readonly string[])[] = [];
const stops: (() => Promise<void>)[] = [];

const WORKER = { platform: 'browser' as const, conditions: ['workerd', 'worker', 'browser'] };
const program = (name: string): string => `__tests__/hosts/programs/${name}.ts`;

async function startPrograms(): Promise<Record<'node' | 'bun' | 'deno' | 'workerd', Program>> {
  const env = { KIIP_APP_SECRET: SECRET };
  const [node, runtime, miniflare, script] = await Promise.all([
    workshop.build(program('node')),
    workshop.build(program('runtime')),
    workshop.build(program('miniflare')),
    workshop.build(program('worker'), WORKER),
  ]);
  const deno = [
    'run',
    '--allow-net',
    '--allow-env',
    '--allow-read',
    '--no-remote',
    '--node-modules-dir=manual',
    runtime,
  ];
  return {
    node: workshop.run(process.execPath, [node], env),
    bun: workshop.run(resolve('node_modules/.bin/bun'), [runtime], env),
    deno: workshop.run(process.execPath, [resolve('node_modules/deno/bin.cjs'), ...deno], env),
    workerd: workshop.run(process.execPath, [miniflare, script], env),
  };
}

/** The example's worker, over a real Redis behind Upstash's protocol. */
async function startWorkerExample(host: string): Promise<RunningHost> {
  const redis = await startRedis();
  const bridge = await startUpstashBridge(redis.url);
  stops.push(async () => {
    await bridge.stop();
    await redis.stop();
  });
  const [runner, script] = await Promise.all([
    workshop.build(program('worker-example')),
    workshop.build('examples/fetch-handler/worker.ts', { ...WORKER, external: ['node:*'] }),
  ]);
  const env = { HOST: host, KIIP_APP_SECRET: SECRET, UPSTASH_URL: bridge.url, UPSTASH_TOKEN: BRIDGE_TOKEN };
  return workshop.run(process.execPath, [runner, script], env).find(host);
}

/** Starts a host that needs a service, or says in the table why it does not run. In CI it has to. */
async function startWith(service: ServiceName, host: string, start: () => Promise<RunningHost>): Promise<void> {
  if (locate(service) !== null) running.set(host, await start());
  else if (process.env['CI'] === undefined) results.push([host, '', `not run: there is no ${service} on this machine`]);
}

beforeAll(async () => {
  const programs = await startPrograms();
  for (const { host, program: name } of hosts) {
    if (name === 'next') await startWith('postgres', host, () => startNext(workshop, stops));
    else if (name === 'example') await startWith('redis', host, () => startWorkerExample(host));
    else running.set(host, await programs[name].find(host));
  }
}, 240_000);
afterAll(async () => {
  await workshop.close();
  for (const stop of stops) await stop();
  const widths = [0, 1].map((column) => Math.max(...results.map((line) => (line[column] ?? '').length)));
  const lines = results.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  process.stdout.write(`\n${lines.join('\n')}\n`);
});

function find(host: string): RunningHost | null {
  const own = running.get(host);
  if (own !== undefined) return own;
  if (process.env['CI'] === undefined && results.some(([name]) => name === host)) return null;
  throw new Error(`${host} does not run`);
}

async function post(url: string, body: string, type = 'application/json'): Promise<[status: number, text: string]> {
  const send = (): Promise<Response> => fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
  // A host may close the kept connection of a body that it refused. The request that meets this is sent again, as a sender would.
  const response = await send().catch(send);
  return [response.status, await response.text()];
}

let serial = 0;
async function addPlayer(own: RunningHost): Promise<string> {
  serial += 1;
  const player = `player ${serial}+1`;
  await own.addPlayer?.(player);
  return player;
}

async function waitForCoins(own: RunningHost, player: string, coins: number): Promise<void> {
  for (let tries = 0; tries < 250 && (await own.countCoins(player)) !== coins; tries += 1)
    await new Promise((done) => setTimeout(done, 20));
  expect([player, await own.countCoins(player)]).toEqual([player, coins]);
}

test.each(hosts.map((row): [string, HostRow] => [row.host, row]))('%s', async (host, { expected, advice }) => {
  const own = find(host);
  if (own === null) return;
  const { url } = own;
  const FORM = 'application/x-www-form-urlencoded';
  // Together and first, as they come to a host that has just woken up.
  const early = await addPlayer(own);
  const first = await Promise.all(Array.from({ length: 5 }, () => post(url, sign(early).json)));
  expect(first.map(([status]) => status)).toEqual([200, 200, 200, 200, 200]);

  const player = await addPlayer(own);
  const { json } = sign(player);
  const [status, text] = await post(url, json);
  const duplicate = await post(url, json);
  const statuses: Statuses = {
    json: status,
    jsonAsWritten: (await post(url, sign(player, '20.0').json))[0],
    form: (await post(url, sign(player, '20.0').form, FORM))[0],
    duplicate: duplicate[0],
    badSignature: (await post(url, sign(player).json.replace('"quantity":20', '"quantity":2000')))[0],
    tooLarge: (await post(url, `${sign(player).json}${' '.repeat(70_000)}`))[0],
  };
  results.push([
    host,
    own.version,
    Object.entries(statuses)
      .map((entry) => entry.join(' '))
      .join(', '),
  ]);
  expect([statuses, text, duplicate[1]]).toEqual([expected, '{"result":"processed"}', '{"result":"duplicate"}']);
  // The last one in shows that nothing before it is still on its way.
  const last = await addPlayer(own);
  expect((await post(url, sign(last).json))[0]).toBe(200);
  await waitForCoins(own, last, 20);
  await waitForCoins(own, early, 100);
  const { json: a, jsonAsWritten: b, form: c } = statuses;
  await waitForCoins(own, player, 20 * [a, b, c].filter((one) => one === 200).length);
  if (advice)
    await waitFor(
      () => own.listRefusals().find((refusal) => refusal.startsWith('body_eaten') && advice.test(refusal)),
      () => `advice, among ${own.listRefusals().join('\n')}`,
    );
});

describe('odd requests get one status, whatever the host', () => {
  const columns = hosts.filter(({ odd }) => odd);
  // The player of the odd requests.
  beforeAll(async () => {
    await running.get('Next.js app router')?.addPlayer?.('a+b 7');
  });

  test.each(Object.entries(rows))('%s', async (name, row) => {
    const statuses: Record<string, number> = {};
    const right: Record<string, number> = {};
    for (const { host } of columns) {
      const found = find(host);
      if (found === null || (row.cutOff && WAITS.test(host)) || (row.bytesOnly && /^Lambda|^serverless/.test(host)))
        continue;
      statuses[host] = await send(found.url, row);
      right[host] = row.status;
    }
    results.push([
      name,
      '',
      `${[...new Set(Object.values(statuses))].join(' and ')} in ${Object.keys(statuses).length} hosts`,
    ]);
    expect(statuses).toEqual(right);
  });
});
