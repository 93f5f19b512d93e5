import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCallbackReceiver } from 'kiip-s2s/callbacks';
import type { WorkerMessage, WorkerOptions } from '../processes/messages.js';
import { openRecipe } from './orms.js';

// A process as a game would run it: a receiver over sqlLedger, behind HTTP. Crashes here are real crashes.
async function main(): Promise<void> {
  const options = JSON.parse(process.env['WORKER'] ?? '') as WorkerOptions;
  const tell = (message: WorkerMessage): unknown => process.send?.(message);
  const recipe = await openRecipe(options.store, options.url);
  const receiver = createCallbackReceiver<unknown>({
    secret: options.secret,
    onError: () => undefined,
    ledger: recipe.ledger,
    async onRedemption({ userId, quantity }, { tx }) {
      await recipe.credit(tx, userId, quantity);
      if (options.handler === 'credit') return sleep(20);
      tell({ kind: 'entered' });
      await once(process, 'message');
      await recipe.credit(tx, userId, 0);
    },
  });
  const server = createServer(async (request, response) => {
    const { method = '', headers } = request;
    const answer = await receiver.handle({ method, headers, rawBody: await buffer(request) });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') tell({ kind: 'listening', port: address.port });
  });
}

void main();
