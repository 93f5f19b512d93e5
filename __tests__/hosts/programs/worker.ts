// The worker that miniflare runs. The receiver is made where most people make theirs, at the top of the module, before there is a request.
import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
import { callbackFetch } from 'kiip-s2s/fetch';
import type { Line } from './receiver.js';

interface Env {
  readonly HOST: string;
  readonly KIIP_APP_SECRET: string;
  readonly REPORT: { fetch(url: string, init: RequestInit): Promise<Response> };
}
let env: Env;
const tell = (line: Line): Promise<Response> =>
  env.REPORT.fetch('http://report/', { method: 'POST', body: JSON.stringify(line) });

const receiver = createCallbackReceiver({
  // Asynchronous and slow, as a secret store is, so that callbacks that come together wait for one answer.
  secret: () => new Promise<string>((resolve) => setTimeout(resolve, 20, env.KIIP_APP_SECRET)),
  ledger: memoryLedger(),
  onRedemption: async ({ userId, quantity }) =>
    void (await tell({ kind: 'credited', host: env.HOST, userId, quantity })),
  onRefused: ({ code, advice }) => void tell({ kind: 'refused', host: env.HOST, code, advice }),
});
const handle = callbackFetch(receiver);

export default {
  fetch(request: Request, given: Env): Promise<Response> {
    env = given;
    return handle(request);
  },
};
