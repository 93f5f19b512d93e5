// 100,000 moments through one client against the sandbox: what is left behind after the first 10,000, and after all of them.
// Once on each engine. Run with: node --expose-gc bench/soak.mjs [--quick]
import { fork } from 'node:child_process';
import { createHook } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { getEventListeners, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KiipClient } from '../dist/esm/index.js';
import { createTransport } from '../dist/esm/transport/index.js';
import { undiciTransport } from '../dist/esm/transport/undici/index.js';
import { context, momentId } from './support/fixtures.mjs';
import { table, thousands } from './support/stats.mjs';

if (process.send !== undefined) {
  const { startSandbox } = await import('../dist/esm/sandbox/index.js');
  const { url, appKey } = await startSandbox();
  process.send({ url, appKey });
  process.on('disconnect', () => process.exit());
} else {
  for (const makeTransport of [createTransport, undiciTransport]) await soak(makeTransport);
}

async function soak(makeTransport) {
  const [first, total] = process.argv.includes('--quick') ? [2_000, 10_000] : [10_000, 100_000];
  const sandbox = fork(fileURLToPath(import.meta.url), { stdio: 'inherit' });
  const [{ url, appKey }] = await once(sandbox, 'message');

  const sockets = new Set();
  const noteSocket = ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  diagnostics.subscribe('net.client.socket', noteSocket);
  const timers = new Set();
  const hook = createHook({
    init: (id, type) => type === 'Timeout' && timers.add(id),
    destroy: (id) => timers.delete(id),
  }).enable();

  // One signal for all calls, as a server's shutdown would have it.
  const { signal } = new AbortController();
  const transport = makeTransport();
  const client = new KiipClient({ appKey, appVersion: '1.4.2', test: true, baseUrl: url, transport });

  let rewarded = 0;
  async function moments(count) {
    let left = count;
    const lane = async () => {
      while (left-- > 0) if ((await client.moment(momentId, context, { signal })).rewarded) rewarded += 1;
    };
    await Promise.all(Array.from({ length: 50 }, lane));
  }

  async function snapshot() {
    for (let i = 0; i < 5; i += 1) {
      globalThis.gc();
      await sleep(20);
    }
    const listenersOf = (socket) => socket.eventNames().reduce((sum, event) => sum + socket.listenerCount(event), 0);
    return {
      moments: thousands(rewarded),
      'heap, bytes': thousands(process.memoryUsage().heapUsed),
      sockets: sockets.size,
      'listeners on the sockets, at most': Math.max(0, ...[...sockets].map(listenersOf)),
      timers: timers.size,
      'listeners on the shared signal': getEventListeners(signal, 'abort').length,
    };
  }

  await moments(first);
  const early = await snapshot();
  await moments(total - first);
  const late = await snapshot();
  await client.close();
  await transport.close();
  await sleep(50);
  const closed = await snapshot();
  diagnostics.unsubscribe('net.client.socket', noteSocket);
  hook.disable();
  console.log(`\n${makeTransport.name}()\n`);
  console.log(
    table(
      ['after', `${early.moments} moments`, `${late.moments} moments`, 'close()'],
      Object.keys(early)
        .slice(1)
        .map((key) => [key, early[key], late[key], closed[key]]),
    ),
  );
  sandbox.disconnect();
}
