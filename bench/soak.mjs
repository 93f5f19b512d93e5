// 100,000 moments through one client against the sandbox: what is left behind after the first 10,000, and after all of them.
// Run with: node --expose-gc bench/soak.mjs
import { fork } from 'node:child_process';
import { createHook } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { getEventListeners, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KiipClient } from '../dist/esm/index.js';
import { context, momentId } from './support/fixtures.mjs';
import { table, thousands } from './support/stats.mjs';

if (process.send !== undefined) {
  const { startSandbox } = await import('../dist/esm/sandbox/index.js');
  const { url, appKey } = await startSandbox();
  process.send({ url, appKey });
  process.on('disconnect', () => process.exit());
} else {
  await soak();
}

async function soak() {
  const [first, total] = process.argv.includes('--quick') ? [2_000, 10_000] : [10_000, 100_000];
  const sandbox = fork(fileURLToPath(import.meta.url), { stdio: 'inherit' });
  const [{ url, appKey }] = await once(sandbox, 'message');

  const sockets = new Set();
  diagnostics.subscribe('net.client.socket', ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const timers = new Set();
  createHook({
    init: (id, type) => type === 'Timeout' && timers.add(id),
    destroy: (id) => timers.delete(id),
  }).enable();

  // One signal for all calls, as a server's shutdown would have it.
  const { signal } = new AbortController();
  const client = new KiipClient({ appKey, appVersion: '1.4.2', test: true, baseUrl: url });

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
  await sleep(50);
  const closed = await snapshot();
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
