import { build } from 'esbuild';
import express from 'express';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { KiipClient, type DeviceContext } from 'kiip-s2s';
import { createCallbackReceiver } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';
import { postgresLedger } from 'kiip-s2s/postgres';
import { startSandbox, type Sandbox, type SandboxOptions } from 'kiip-s2s/sandbox';
import type * as web from '../../src/web/index.js';
import { startPostgres } from '../support/services.js';

const SECRET = 'the secret that the backend knows';

const CONTEXT: DeviceContext = {
  device: { id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b', os: 'Android 15', lang: 'en', locale: 'en_US' },
  connection: { ip: '54.174.101.1' },
  user: { userId: 'player-7' },
  emailAddress: 'player@example.org',
};

declare global {
  interface Window {
    kiip: typeof web;
    ended: unknown[];
    play(): Promise<void>;
  }
}

/** The game's page: it asks its backend for a moment, shows what that got, and keeps what it is told. Its own policy is strict. */
const PAGE = `<!doctype html><html lang="en"><title>Game</title><main><h1>Game</h1><button id="play">Finish the level</button></main>
<script src="/kiip.js"></script><script src="/game.js"></script></html>`;

const SCRIPT = `window.ended = [];
document.getElementById('play').addEventListener('click', async () => {
  const { bodyUrl, notification } = await (await fetch('/play', { method: 'POST' })).json();
  kiip.showReward({ bodyUrl, notification, onDismiss: (result) => ended.push(['dismiss', result]), onClose: () => ended.push(['close']) });
});`;

/** A game's backend as its author would write it, on a real PostgreSQL. */
export interface GameBackend {
  readonly url: string;
  /** What players were credited, in the order of the database. */
  credits(): Promise<{ user_id: string; quantity: number }[]>;
  /** The next credit fails after its row was written. */
  failNextCredit(): void;
  /** Starts a sandbox that the backend plays against from now on, with no credit on anybody's account. */
  against(options?: SandboxOptions, context?: Partial<DeviceContext>): Promise<Sandbox>;
  close(): Promise<void>;
}

export async function startGameBackend(): Promise<GameBackend> {
  const [database, bundle] = await Promise.all([
    startPostgres(),
    build({
      entryPoints: ['src/web/index.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'kiip',
      target: 'es2022',
      write: false,
    }),
  ]);
  const pool = new Pool({ connectionString: database.url });
  const ledger = postgresLedger(pool);
  await ledger.migrate();
  await pool.query('CREATE TABLE credits (user_id text, quantity int)');
  let failures = 0;
  const receiver = createCallbackReceiver({
    secret: SECRET,
    ledger,
    onError: () => undefined,
    async onRedemption({ userId, quantity }, { tx }) {
      await tx.query('INSERT INTO credits VALUES ($1, $2)', [userId, quantity]);
      if (failures > 0) {
        failures -= 1;
        throw new Error('out of order');
      }
    },
  });
  let playing: { sandbox: Sandbox; client: KiipClient; context: DeviceContext } | null = null;

  const app = express();
  app.all('/kiip/callback', callbackHandler(receiver));
  app.get('/', (_, response) => {
    response.setHeader(
      'content-security-policy',
      "default-src 'self'; frame-src http://127.0.0.1:*; img-src http://127.0.0.1:*; object-src 'none'",
    );
    response.send(PAGE);
  });
  app.get('/kiip.js', (_, response) => void response.type('js').send(bundle.outputFiles[0]?.text));
  app.get('/game.js', (_, response) => void response.type('js').send(SCRIPT));
  app.post('/play', async (_, response) => {
    const outcome = await playing?.client.moment('level_up', playing.context);
    if (outcome?.rewarded !== true) return void response.status(404).end();
    response.json({ bodyUrl: outcome.reward.bodyUrl.href, notification: outcome.reward.notification });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;

  const stopPlaying = async (): Promise<void> => {
    await playing?.client.close();
    await playing?.sandbox.close();
    playing = null;
  };
  return {
    url,
    credits: async () => (await pool.query<{ user_id: string; quantity: number }>('SELECT * FROM credits')).rows,
    failNextCredit: () => (failures += 1),
    async against(options = {}, context = {}) {
      await stopPlaying();
      await pool.query('TRUNCATE credits');
      const sandbox = await startSandbox({ appSecret: SECRET, callbackUrl: `${url}/kiip/callback`, ...options });
      const client = new KiipClient({ appKey: sandbox.appKey, appVersion: '1.0', test: true, baseUrl: sandbox.url });
      playing = { sandbox, client, context: { ...CONTEXT, ...context } };
      return sandbox;
    },
    async close() {
      await stopPlaying();
      await receiver.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
      await database.stop();
    },
  };
}
