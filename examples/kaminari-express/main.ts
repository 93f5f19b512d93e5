import type { AddressInfo } from 'node:net';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { startSandbox } from 'kiip-s2s/sandbox';
import { createApp } from './app.js';

// Use Kaminari when there is a key, otherwise the sandbox.
const key = process.env['KAMINARI_KEY'];
const sandbox = key === undefined ? await startSandbox() : null;
const kaminari = new KaminariClient({
  kmnrKey: key ?? 'sandbox',
  baseUrl: sandbox?.url ?? process.env['KAMINARI_BASE_URL'],
});

const server = createApp(kaminari, () => sandbox?.kaminari.statistics() ?? []).listen(
  Number(process.env['PORT'] ?? 3000),
  () => {
    const { port } = server.address() as AddressInfo;
    console.log(`http://localhost:${port}, with ${sandbox === null ? 'Kaminari' : 'the sandbox'} behind it`);
  },
);

process.once('SIGINT', () => {
  server.close();
  server.closeAllConnections();
  void kaminari.close().then(async ({ delivered, abandoned }) => {
    console.log(`pings at the end: ${delivered} delivered, ${abandoned} abandoned`);
    await sandbox?.close();
  });
});
