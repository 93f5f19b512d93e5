// Virtual-currency callbacks on AWS Lambda, behind a function URL, API Gateway (v1 or v2) or a load balancer.
//
//   npm install kiip-s2s pg
//   DATABASE_URL=postgres://... npx tsx migrate.ts
//   npx esbuild handler.ts --bundle --platform=node --external:pg-native --outfile=handler.cjs
//   Set KIIP_APP_SECRET and DATABASE_URL on the function; handler: handler.handler
//
// Give the function a longer timeout than handlerTimeoutMs, so that it answers before it is cut off.
import { createCallbackReceiver, type CallbackContext, type CallbackEvent } from 'kiip-s2s/callbacks';
import { callbackLambda } from 'kiip-s2s/lambda';
import type { PgClientLike } from 'kiip-s2s/postgres';
import { ledger } from './ledger.js';

// `tx` is the ledger's transaction. Write everything that belongs to the credit with it. If you throw, all of it is
// rolled back.
async function credit({ userId, quantity }: CallbackEvent, { tx }: CallbackContext<PgClientLike>): Promise<void> {
  const { rowCount } = await tx.query('UPDATE players SET coins = coins + $1 WHERE id = $2', [quantity, userId]);
  if (rowCount !== 1) throw new Error('no such player');
}

const receiver = createCallbackReceiver({
  secret: () => process.env['KIIP_APP_SECRET'] ?? '',
  ledger,
  handlerTimeoutMs: 8_000,
  onRedemption: credit,
  onIssuance: credit,
  onError: (error) => console.error('callback not processed:', error),
  onRefused: ({ status, code, advice }) => console.warn(`callback refused: ${status} ${code}. ${advice}`),
});

export const handler = callbackLambda(receiver);
