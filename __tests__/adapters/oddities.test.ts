import { createCallbackReceiver, memoryLedger, type CallbackReceiver } from '../../src/callbacks/index.js';
import { variants, type App } from './apps.js';
import { rows, secret, send } from './oddity-rows.js';

// What senders, proxies and later versions of the platform can do to a callback: one status, whatever the adapter and the host
// (PROTOCOL K24a, K27). Columns are all adapters whose bytes are there, by themselves or kept by their host. A parser of Express or Koa that runs
// first answers some of these rows itself.

const columns = variants.filter(
  ({ left, before }) => left === 'raw' && /^nothing|^a host|^a preParsing|^a parser of the app|^middy/.test(before),
);
let receiver: CallbackReceiver;
let apps: readonly { readonly name: string; readonly app: App }[];
beforeAll(async () => {
  receiver = createCallbackReceiver({
    secret,
    ledger: memoryLedger(),
    onRedemption: () => undefined,
    onRefused: () => undefined,
  });
  apps = await Promise.all(
    columns.map(async ({ adapter, before, start }) => ({
      name: `${adapter} after ${before}`,
      app: await start(receiver),
    })),
  );
});
afterAll(async () => {
  await Promise.all(apps.map(({ app }) => app.close()));
  await receiver.close();
});

test.each(Object.entries(rows))('%s', async (_name, row) => {
  const own = apps.filter(
    ({ name }) =>
      !(row.bytesOnly && /v2|load balancer/.test(name)) &&
      !(row.cutOff && /^lambda|^\w+(?: \d)? after a host/.test(name)),
  );
  const statuses = await Promise.all(
    own.map(async ({ name, app }): Promise<[string, number]> => [name, await send(app.url, row)]),
  );
  expect(Object.fromEntries(statuses)).toEqual(Object.fromEntries(own.map(({ name }) => [name, row.status])));
});
