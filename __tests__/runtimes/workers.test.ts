import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signCallback } from 'kiip-s2s/callbacks';
import { waitFor, Workshop } from '../hosts/programs.js';
import { freePort } from '../support/services.js';

// Requests of one isolate that share clients, in workerd itself. It stops a cancelled request's code without running its `finally`
// blocks, and refuses what one request made to another. An origin holds the answers to ids that begin with "hold".

jest.setTimeout(60_000);

const workshop = new Workshop();
writeFileSync(join(workshop.folder, 'tsconfig.json'), '{}');
const held = new Map<string, () => void>();
const seen: string[] = [];
let origin: Server;
let url = '';

const findId = (path: string, body: string): string => {
  if (body === '') return path.slice(1);
  const { moment, kmnrId } = JSON.parse(body) as { moment?: { id: string }; kmnrId?: string };
  return moment?.id ?? kmnrId ?? '';
};

async function startOrigin(): Promise<number> {
  origin = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const id = findId(request.url ?? '', body);
      seen.push(id);
      const send = (): void => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      if (id.startsWith('hold')) held.set(id, send);
      else send();
    });
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  return (origin.address() as AddressInfo).port;
}

const buildWorker = async (name: string): Promise<string> =>
  basename(
    await workshop.build(`__tests__/runtimes/programs/${name}.ts`, {
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
    }),
  );

beforeAll(async () => {
  const [shared, front, port, originPort] = [
    await buildWorker('shared-worker'),
    await buildWorker('front-worker'),
    await freePort(),
    await startOrigin(),
  ];
  const worker = (file: string, binding: string): string =>
    `(modules = [(name = "${file}", esModule = embed "${file}")], compatibilityDate = "2024-10-14", bindings = [${binding}])`;
  writeFileSync(
    join(workshop.folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "front", worker = ${worker(front, '(name = "MAIN", service = "main")')}),
    (name = "main", worker = ${worker(shared, `(name = "ORIGIN", text = "http://127.0.0.1:${originPort}")`)}),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "front")],
);
`,
  );
  workshop.run(resolve('node_modules/.bin/workerd'), ['serve', 'config.capnp'], {});
  url = `http://127.0.0.1:${port}`;
  for (let up = false; !up;) {
    up = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    await sleep(50);
  }
});

afterAll(async () => {
  origin.closeAllConnections();
  origin.close();
  await workshop.close();
});

const ask = async (path: string, body?: string): Promise<number> => {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const response = await fetch(`${url}${path}`, init);
  await response.text();
  return response.status;
};
const arrived = (id: string): Promise<true> =>
  waitFor(
    () => seen.includes(id) || undefined,
    () => id,
  );
const release = (id: string): void => held.get(id)?.();

describe.each(['narrow', 'consenting', 'ping'])('%s', (kind) => {
  const query = (id: string, user: string, deadlineMs = 10_000): string =>
    `/${kind}?id=${id}&user=${user}&deadlineMs=${deadlineMs}`;

  test('two successive and two concurrent requests share one client', async () => {
    expect(await ask(query(`${kind}-1`, 'ann'))).toBe(200);
    expect(await ask(query(`${kind}-2`, 'bob'))).toBe(200);
    const first = ask(query(`hold-${kind}-3`, 'cid'));
    await arrived(`hold-${kind}-3`);
    const second = ask(query(`${kind}-4`, 'cid'));
    await sleep(200);
    expect(seen).not.toContain(`${kind}-4`);
    release(`hold-${kind}-3`);
    expect([await first, await second]).toEqual([200, 200]);
  });

  test('a cancelled request hinders the others no longer than its deadline', async () => {
    const cancelled = ask(`${query(`hold-${kind}-5`, 'dan', 1_000)}&cancelMs=300`);
    await arrived(`hold-${kind}-5`);
    const second = ask(query(`${kind}-6`, 'dan'));
    expect(await cancelled).toBe(499);
    expect(seen).not.toContain(`${kind}-6`);
    // The second ping has the same time limit as the first, and may give up a moment before its place is free.
    if ((await second) !== 200) expect(kind).toBe('ping');
    expect(await ask(query(`${kind}-7`, 'dan'))).toBe(200);
  });
});

test('a cancelled request does not count against maxQueued for ever', async () => {
  expect(await ask('/full?id=hold-full-1&user=ann&deadlineMs=500&cancelMs=200')).toBe(499);
  expect(await ask('/full?id=full-2&user=ann&deadlineMs=500')).toBe(500);
  await sleep(1_500);
  expect(await ask('/full?id=full-3&user=ann&deadlineMs=500')).toBe(200);
});

test('a callback whose sender hangs up is credited all the same, once', async () => {
  const fields = { transactionId: 't1', content: 'coins', name: 'Coins', quantity: 20, userId: 'hold-handler' };
  const { transactionId, userId, ...rest } = fields;
  const signature = signCallback(fields, 'app-secret');
  const body = JSON.stringify({ ...rest, transaction_id: transactionId, user_id: userId, signature });
  expect(await ask('/callback?cancelMs=300', body)).toBe(499);
  await arrived(userId);
  expect(await ask('/callback', body)).toBe(503);
  release(userId);
  await sleep(200);
  expect(await ask('/callback', body)).toBe(200);
  expect(await (await fetch(`${url}/credited`)).json()).toEqual([userId]);
});

test('the default transport says what to use instead', async () => {
  const response = await fetch(`${url}/default?id=level_up&user=ann`);
  expect(await response.text()).toMatch(/^KiipConfigError: .*pass transport: fetchTransport\(\)/);
});
