// Measures what a ping costs: how pings end, what 5,000 pending pings take, and what the middleware adds to a page. Run
// `npm run build` first, then `node bench/kaminari.mjs`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { KaminariClient, createImpressionId } from 'kiip-s2s/kaminari';

const VISITOR = {
  ip: '203.0.113.9',
  forwardedFor: '203.0.113.9',
  headers: { 'user-agent': 'bench', 'accept-language': 'en' },
};
const PENDING = 5_000;
const PAGES = 2_000;

const listen = async (server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
};
const close = (server) => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
};

const table = (title, head, rows) => {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(['', `### ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
};
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** Starts a Kaminari that answers what `answer` returns: a status, `'reset'` or `'black hole'`. */
const startKaminari = async (answer) => {
  let count = 0;
  let open = 0;
  let mostOpen = 0;
  const server = createServer(async (request, response) => {
    await once(request.resume(), 'end');
    if (request.url === '/v1/pingtest') return void response.end('{}');
    const verdict = answer((count += 1));
    if (verdict === 'black hole') return;
    if (verdict === 'reset') return void request.socket.resetAndDestroy();
    response.writeHead(verdict).end();
  });
  server.on('connection', (socket) => {
    mostOpen = Math.max(mostOpen, (open += 1));
    socket.on('close', () => (open -= 1)).on('error', () => undefined);
  });
  return { url: await listen(server), count: () => count, mostOpen: () => mostOpen, close: () => close(server) };
};

const outcomes = async () => {
  const cases = [
    ['204 × 5, then 200', (n) => (n <= 5 ? 204 : 200), {}],
    ['403', () => 403, {}],
    ['503 × 3, then 200', (n) => (n <= 3 ? 503 : 200), {}],
    ['reset × 3, then 200', (n) => (n <= 3 ? 'reset' : 200), {}],
    ['black hole, timeoutMs 500, then 200', (n) => (n === 1 ? 'black hole' : 200), { timeoutMs: 500 }],
    ['204 for ever, windowMs 3,000', () => 204, { windowMs: 3_000 }],
    ['black hole for ever, windowMs 3,000, timeoutMs 500', () => 'black hole', { windowMs: 3_000, timeoutMs: 500 }],
    ['black hole, aborted after 300 ms', () => 'black hole', {}, () => AbortSignal.timeout(300)],
  ];
  const rows = await Promise.all(
    cases.map(async ([name, answer, options, signal]) => {
      const kaminari = await startKaminari(answer);
      const client = new KaminariClient({ kmnrKey: 'bench', baseUrl: kaminari.url, ...options });
      const started = performance.now();
      const result = await client.ping({ kmnrId: createImpressionId(), visitor: VISITOR }, { signal: signal?.() });
      const ms = Math.round(performance.now() - started);
      await client.close();
      await kaminari.close();
      return [name, result.status, result.attempts, ms];
    }),
  );
  table('How pings end (default pauses)', ['Kaminari answers', 'result', 'attempts', 'ms'], rows);
};

const pendingAtOnce = async () => {
  const cases = [
    ['200', () => 200, 'delivered'],
    ['204 once for each, then 200', (n) => (n <= PENDING ? 204 : 200), 'delivered'],
    ['black hole, close() after 2 s', () => 'black hole', 'close'],
  ];
  const rows = [];
  for (const [name, answer, end] of cases) {
    // Run in a process of its own, so that the figures are the client's alone.
    const kaminari = await startKaminari(answer);
    const child = fork(fileURLToPath(import.meta.url), ['pending', kaminari.url, end], { execArgv: ['--expose-gc'] });
    const [figures] = await once(child, 'message');
    await once(child, 'exit');
    rows.push([
      name,
      figures.statuses,
      kaminari.count(),
      kaminari.mostOpen(),
      figures.ms,
      mib(figures.waiting),
      mib(figures.after),
    ]);
    await kaminari.close();
  }
  const head = ['Kaminari answers', 'results', 'requests', 'most sockets', 'ms', 'MiB while pending', 'MiB after'];
  table(`${PENDING.toLocaleString('en')} pings at once`, head, rows);
};

const pendingChild = async (baseUrl, end) => {
  const client = new KaminariClient({ kmnrKey: 'bench', baseUrl });
  // Send one request first, which loads the modules.
  await client.test({ kmnrId: 'warm', visitor: VISITOR });
  const memory = () => {
    globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  const before = memory();
  const started = performance.now();
  const pings = Array.from({ length: PENDING }, () => client.ping({ kmnrId: createImpressionId(), visitor: VISITOR }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const waiting = memory() - before;
  if (end === 'close') {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await client.close({ graceMs: 0 });
  }
  const results = await Promise.all(pings);
  const ms = Math.round(performance.now() - started);
  pings.length = 0;
  const counts = {};
  for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
  results.length = 0;
  await client.close();
  // Wait a moment: sockets that were cut off are gone a little later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const statuses = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  process.send({ ms, waiting, after: memory() - before, statuses: statuses.join(', ') }, () => process.disconnect());
};

const pageChild = async (baseUrl) => {
  const app = express();
  const client = baseUrl === undefined ? null : new KaminariClient({ kmnrKey: 'bench', baseUrl });
  if (client !== null) app.use(client.middleware());
  app.get(
    '/',
    (_request, response) =>
      void response.send(`<!doctype html>${response.locals.kaminari?.scriptTag ?? ''}<h1>page</h1>`),
  );
  const server = createServer(app);
  process.send(await listen(server));
  process.once('disconnect', async () => {
    await client?.close({ graceMs: 0 });
    await close(server);
  });
};

const pageLatency = async () => {
  const gone = createServer();
  const refused = await listen(gone);
  await close(gone);
  const hole = await startKaminari(() => 'black hole');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const variants = [
    ['without the middleware', undefined],
    ['Kaminari refuses connections', refused],
    ['Kaminari is a black hole', hole.url],
  ].map(([name, url]) => ({
    name,
    times: [],
    child: fork(fileURLToPath(import.meta.url), ['page', ...(url === undefined ? [] : [url])]),
  }));
  for (const variant of variants) [variant.url] = await once(variant.child, 'message');
  const visit = (url) =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      get(url, { agent }, (response) => response.resume().on('end', () => resolve(performance.now() - started))).on(
        'error',
        reject,
      );
    });
  // Take turns, so that other work on this machine affects all variants alike.
  for (let i = 0; i < PAGES + 300; i += 1) {
    for (const { url, times } of variants) {
      const ms = await visit(url);
      if (i >= 300) times.push(ms);
    }
  }
  agent.destroy();
  for (const { child } of variants) child.disconnect();
  await hole.close();
  const base = median(variants[0].times);
  const rows = variants.map(({ name, times }) => [
    name,
    median(times).toFixed(3),
    percentile(times, 0.95).toFixed(3),
    (median(times) - base).toFixed(3),
  ]);
  table(
    `Page latency over ${PAGES.toLocaleString('en')} views (ms)`,
    ['page', 'median', '95 %', 'added at the median'],
    rows,
  );
};

const [role, ...rest] = process.argv.slice(2);
if (role === 'pending') await pendingChild(...rest);
else if (role === 'page') await pageChild(...rest);
else {
  await outcomes();
  await pendingAtOnce();
  await pageLatency();
}
