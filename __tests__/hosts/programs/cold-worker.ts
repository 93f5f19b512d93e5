// A worker whose secret comes from elsewhere, over the network.
import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
import { callbackFetch } from 'kiip-s2s/fetch';
import type { Line } from './receiver.js';

interface Env {
  readonly HOST: string;
  readonly REPORT: { fetch(url: string, init: RequestInit): Promise<Response> };
}
let env: Env;
const tell = async (line: Line): Promise<string> =>
  (await env.REPORT.fetch('http://report/', { method: 'POST', body: JSON.stringify(line) })).text();

const handle = callbackFetch(
  createCallbackReceiver({
    secret: () => tell({ kind: 'asked', host: env.HOST }),
    ledger: memoryLedger(),
    onRedemption: async ({ userId, quantity }) =>
      void (await tell({ kind: 'credited', host: env.HOST, userId, quantity })),
  }),
);

export default {
  fetch(request: Request, given: Env): Promise<Response> {
    env = given;
    return handle(request);
  },
};
