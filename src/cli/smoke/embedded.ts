import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callbackListener } from '../../adapters/node.js';
import { createCallbackReceiver, memoryLedger } from '../../callbacks/index.js';
import { startSandbox, type Sandbox } from '../../sandbox/index.js';

/** A sandbox together with a game's endpoint for its callbacks, both in this process. */
export interface Embedded {
  readonly sandbox: Sandbox;
  readonly callbackUrl: string;
  /** The endpoint's credits, in order. */
  readonly credits: readonly Credit[];
  close(): Promise<void>;
}

interface Credit {
  readonly transactionId: string;
  readonly quantity: number;
  readonly name: string;
}

export async function startEmbedded(): Promise<Embedded> {
  const appSecret = randomBytes(16).toString('hex');
  const credits: Credit[] = [];
  const receiver = createCallbackReceiver({
    secret: appSecret,
    ledger: memoryLedger(),
    onRedemption: ({ transactionId, quantity, name }) => void credits.push({ transactionId, quantity, name }),
    onIssuance: ({ transactionId, quantity, content }) => void credits.push({ transactionId, quantity, name: content }),
  });
  const listener = callbackListener(receiver);
  const server = createServer((request, response) => void listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const callbackUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kiip/callback`;
  const closeReceiver = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await receiver.close();
  };
  try {
    const sandbox = await startSandbox({ appSecret, callbackUrl });
    const close = async (): Promise<void> => {
      await sandbox.close();
      await closeReceiver();
    };
    return { sandbox, callbackUrl, credits, close };
  } catch (error) {
    await closeReceiver();
    throw error;
  }
}
