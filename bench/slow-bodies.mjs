// Measures what slow senders cost: memory per connection whose body comes in one-byte chunks, behind every adapter that
// reads a stream, and whether a process of 256 MB serves 100 of them. The exit code is 1 when it does not, or when a
// connection takes more than 512 kB. Takes two minutes, with one process per adapter.
//
//   node bench/slow-bodies.mjs [connections] [adapter…]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { table } from './support/stats.mjs';

const BYTES = 64 * 1024;
const PROCESS_MB = 256;
const SECRET = 'the app secret';

/** One application for each adapter, as a listener for node:http. */
const apps = {
  async node(receiver) {
    const { callbackListener } = await import('../dist/esm/adapters/node.js');
    return createServer(callbackListener(receiver));
  },
  async express(receiver) {
    const [{ default: express }, { callbackHandler }] = await Promise.all([
      import('express'),
      import('../dist/esm/adapters/express.js'),
    ]);
    return createServer(express().all('/', callbackHandler(receiver)));
  },
  async koa(receiver) {
    const [{ default: Koa }, { callbackMiddleware }] = await Promise.all([
      import('koa'),
      import('../dist/esm/adapters/koa.js'),
    ]);
    return createServer(new Koa().use(callbackMiddleware(receiver)).callback());
  },
  async fastify(receiver) {
    const [{ default: fastify }, { callbackPlugin }] = await Promise.all([
      import('fastify'),
      import('../dist/esm/adapters/fastify.js'),
    ]);
    const app = fastify();
    await app.register(callbackPlugin(receiver, { path: '/' }));
    await app.ready();
    return app.server;
  },
  async fetch(receiver) {
    const [{ createAdaptorServer }, { callbackFetch }] = await Promise.all([
      import('@hono/node-server'),
      import('../dist/esm/adapters/fetch.js'),
    ]);
    return createAdaptorServer({ fetch: callbackFetch(receiver) });
  },
};

/** The child process: a server that reports its memory when asked. */
async function serve(adapter) {
  const { createCallbackReceiver, memoryLedger } = await import('../dist/esm/callbacks/index.js');
  const receiver = createCallbackReceiver({
    secret: SECRET,
    ledger: memoryLedger(),
    bodyTimeoutMs: 60_000,
    onRedemption: () => {},
  });
  const server = (await apps[adapter](receiver)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', () => {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send({ used: heapUsed + external, peakMb: process.resourceUsage().maxRSS / 1024 });
  });
  process.send(server.address().port);
}

const HEAD = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
const inOneByteChunks = (text) => [...text].map((byte) => `1\r\n${byte}\r\n`).join('');
const FILLER = inOneByteChunks('x'.repeat(BYTES - 1024));
const SLICE = 4096;

/** Builds a signed body of nearly the largest size allowed, in its wire form. */
async function buildWire(serial) {
  const { signCallback } = await import('../dist/esm/callbacks/index.js');
  const fields = {
    content: 'coins',
    name: 'Coins',
    quantity: 20,
    userId: 'player-7',
    transactionId: `reward-${serial}`,
  };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  const signature = signCallback(fields, SECRET);
  const body = JSON.stringify({ ...rest, user_id, transaction_id, signature, filler: '' });
  return HEAD + inOneByteChunks(body.slice(0, -2)) + FILLER + inOneByteChunks('"}');
}

/**
 * Opens a connection that sends all but the last chunk. The returned function sends that chunk and resolves with the
 * status of the answer.
 */
async function openSlow(port, serial) {
  const wire = await buildWire(serial);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (let at = 0; at < wire.length; at += SLICE) {
    if (!socket.write(wire.slice(at, at + SLICE))) await once(socket, 'drain');
    // Take turns, so that all connections are slow at the same time.
    await new Promise(setImmediate);
  }
  return async () => {
    socket.write('0\r\n\r\n');
    const [answer] = await once(socket, 'data');
    socket.destroy();
    return Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1]);
  };
}

async function startServer(adapter) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', adapter], {
    execArgv: ['--expose-gc', `--max-old-space-size=${PROCESS_MB / 2}`],
  });
  const [port] = await once(child, 'message');
  const ask = async () => {
    child.send('memory');
    const [memory] = await once(child, 'message');
    return memory;
  };
  return { port, ask, stop: () => child.kill() };
}

async function measureAdapter(adapter, connections) {
  const { port, ask, stop } = await startServer(adapter);
  try {
    await (
      await openSlow(port, 0)
    )();
    const before = await ask();
    const open = await Promise.all(Array.from({ length: connections }, (_, i) => openSlow(port, i + 1)));
    // Everything was written. Give the server time to read it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const during = await ask();
    const statuses = await Promise.all(open.map((finish) => finish()));
    const { peakMb } = await ask();
    return {
      adapter,
      kbEach: (during.used - before.used) / connections / 1024,
      processed: statuses.filter((status) => status === 200).length,
      peakMb,
    };
  } finally {
    stop();
  }
}

if (process.argv[2] === 'serve') await serve(process.argv[3]);
else {
  const connections = Number(process.argv[2] ?? 100);
  const chosen = process.argv.length > 3 ? process.argv.slice(3) : Object.keys(apps);
  const results = [];
  for (const adapter of chosen) results.push(await measureAdapter(adapter, connections));
  const rows = results.map(({ adapter, kbEach, processed, peakMb }) => [
    adapter,
    `${Math.round(kbEach)} kB`,
    `${processed} of ${connections}`,
    `${Math.round(peakMb)} MB`,
  ]);
  console.log(`Bodies of ${BYTES / 1024} kB in one-byte chunks, ${connections} connections at once.\n`);
  console.log(table(['adapter', 'memory a connection', 'answered with 200', 'peak of the process'], rows));
  const fine = results.every(
    ({ kbEach, processed, peakMb }) => kbEach <= 512 && processed === connections && peakMb <= PROCESS_MB,
  );
  process.exitCode = fine ? 0 : 1;
}
