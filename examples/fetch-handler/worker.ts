// Virtual-currency callbacks in a Cloudflare worker. The Redis ledger needs `compatibility_flags = ["nodejs_compat"]` in wrangler.toml; the
// receiver by itself does not.
//
//   npm install kiip-s2s @upstash/redis
//   npx wrangler secret put KIIP_APP_SECRET          and UPSTASH_TOKEN
import { Redis } from '@upstash/redis/cloudflare';
import { createCallbackReceiver, type CallbackEvent } from 'kiip-s2s/callbacks';
import { callbackFetch } from 'kiip-s2s/fetch';
import { redisLedger } from 'kiip-s2s/redis';

interface Env {
  readonly KIIP_APP_SECRET: string;
  readonly UPSTASH_URL: string;
  readonly UPSTASH_TOKEN: string;
  /** A service binding to the worker that keeps the players' coins. */
  readonly GAME: { fetch(url: string, init: RequestInit): Promise<Response> };
}

function createHandler({
  KIIP_APP_SECRET,
  UPSTASH_URL,
  UPSTASH_TOKEN,
  GAME,
}: Env): (request: Request) => Promise<Response> {
  // The ledger and the credit are in different places, so make the credit idempotent: the same transaction and nonce
  // must credit once.
  const credit = async (event: CallbackEvent): Promise<void> => {
    const { transactionId, userId, quantity } = event;
    const nonce = event.type === 'issuance' ? event.nonce : null;
    const body = JSON.stringify({ transactionId, nonce, userId, quantity });
    const response = await GAME.fetch('https://game/credits', { method: 'POST', body });
    if (!response.ok) throw new Error(`the game answered ${response.status}`);
  };
  return callbackFetch(
    createCallbackReceiver({
      secret: KIIP_APP_SECRET,
      ledger: redisLedger(new Redis({ url: UPSTASH_URL, token: UPSTASH_TOKEN })),
      onRedemption: credit,
      onIssuance: credit,
      onError: (error) => console.error('callback not processed:', error),
      onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
    }),
  );
}

// A worker gets its settings with each request, so create the handler at the first one.
let handler: ReturnType<typeof createHandler> | undefined;

export default {
  fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
    handler ??= createHandler(env);
    const answer = handler(request);
    // The runtime cancels a worker when the sender closes the connection. This lets the credit and its claim finish
    // first.
    ctx.waitUntil(answer);
    return answer;
  },
};
