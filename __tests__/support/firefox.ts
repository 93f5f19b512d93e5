import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'undici';
import { locate } from './services.js';

interface Tree {
  readonly context: string;
  readonly children?: readonly Tree[] | null;
}

/** A page of Firefox, driven by WebDriver BiDi, which a stock Firefox speaks by itself. */
export interface FirefoxPage {
  goto(url: string): Promise<void>;
  /** Calls a function of the page; its arguments and its result are JSON. */
  run<A extends readonly unknown[], R>(work: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  /** Clicks into the innermost frame, in its own coordinates. The button goes up at once, or after `pressedForMs`. */
  clickInnermost(x: number, y: number, pressedForMs?: number): Promise<void>;
  close(): Promise<void>;
}

async function startFirefox(program: string, profile: string): Promise<{ url: string; stop(): Promise<void> }> {
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const listening = /WebDriver BiDi listening on (ws:\S+)/.exec(output)?.[1];
      if (listening !== undefined) resolve(listening);
    });
    void gone.then(() => reject(new Error(`Firefox ended: ${output.slice(-500)}`)));
  });
  return {
    url,
    async stop() {
      child.kill();
      await gone;
    },
  };
}

/** Headless Firefox with one tab. */
export async function openFirefox(): Promise<FirefoxPage> {
  const program = locate('firefox');
  if (program === null) throw new Error('no firefox');
  const profile = mkdtempSync(join(tmpdir(), 'kiip-firefox-'));
  const { url, stop } = await startFirefox(program, profile);
  const socket = new WebSocket(`${url}/session`);
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; type: string; result?: unknown; message?: string };
    const asker = message.id === undefined ? undefined : waiting.get(message.id);
    if (message.type === 'error') asker?.reject(new Error(message.message));
    else asker?.resolve(message.result);
  });
  let lastId = 0;
  const send = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve: resolve as (result: unknown) => void, reject });
      socket.send(JSON.stringify({ id: lastId, method, params }));
    });
  await send('session.new', { capabilities: {} });
  const { context } = await send<{ context: string }>('browsingContext.create', { type: 'tab' });
  return {
    async goto(page) {
      await send('browsingContext.navigate', { context, url: page, wait: 'complete' });
    },
    async run(work, ...args) {
      const answer = await send<{ type: string; result: { value?: string }; exceptionDetails?: { text: string } }>(
        'script.callFunction',
        {
          functionDeclaration: `async (given) => JSON.stringify((await (${String(work)})(...JSON.parse(given))) ?? null)`,
          arguments: [{ type: 'string', value: JSON.stringify(args) }],
          awaitPromise: true,
          target: { context },
        },
      );
      if (answer.type === 'exception') throw new Error(answer.exceptionDetails?.text);
      return JSON.parse(answer.result.value ?? 'null') as never;
    },
    async clickInnermost(x, y, pressedForMs = 0) {
      const { contexts } = await send<{ contexts: readonly Tree[] }>('browsingContext.getTree', { root: context });
      let [inner] = contexts;
      while (inner?.children?.[0] !== undefined) [inner] = inner.children;
      const actions = [
        { type: 'pointerMove', x, y },
        { type: 'pointerDown', button: 0 },
        { type: 'pause', duration: pressedForMs },
        { type: 'pointerUp', button: 0 },
      ];
      const mouse = { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions };
      await send('input.performActions', { context: inner?.context, actions: [mouse] });
    },
    async close() {
      socket.close();
      await stop();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
