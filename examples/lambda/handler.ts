// Virtual-currency callbacks on AWS Lambda, behind a function URL, API Gateway (v1 or v2) or a load balancer.
//
//   npm install kiip-s2s pg
//   DATABASE_URL=postgres://... npx tsx migrate.ts
//   npx esbuild handler.ts --bundle --platform=node --external:pg-native --outfile=handler.cjs
//   Set KIIP_APP_SECRET and DATABASE_URL on the function; handler: handler.handler
//
// Give the function a longer timeout than handlerTimeoutMs, so that it answers before it is cut off.
import { createCallbackReceiver } from 'kiip-s2s/callbacks';
import { callbackLambda } from 'kiip-s2s/lambda';
import { ledger } from './ledger.js';

const receiver = createCallbackReceiver({
  secret: process.env['KIIP_APP_SECRET'] ?? '',
  ledger,
  handlerTimeoutMs: 8_000,
  async onRedemption({ userId, quantity }, { tx }) {
    if (!Number.isSafeInteger(quantity) || quantity <= 0) throw new Error('the quantity is not a number of coins');
    const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
    if (rowCount !== 1) throw new Error('no such player');
  },
  onError: (error) => console.error('callback not processed:', error),
});

export const handler = callbackLambda(receiver);
