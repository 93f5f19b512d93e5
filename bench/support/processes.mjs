import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const fileOf = (name) => fileURLToPath(new URL(name, import.meta.url));

async function nextMessage(child, what) {
  const gone = new AbortController();
  const { signal } = gone;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`${what} exited with ${code}`))),
    ]);
  } finally {
    gone.abort();
  }
}

export async function startServer() {
  const child = fork(fileOf('server.mjs'), { stdio: 'inherit' });
  const { port } = await nextMessage(child, 'the server');
  return {
    url: `http://127.0.0.1:${port}/2.0/server/moment/`,
    holdUrl: `http://127.0.0.1:${port}/hold`,
    async held() {
      child.send('held');
      return (await nextMessage(child, 'the server')).held;
    },
    drop: () => child.send('drop'),
    stop: () => child.kill(),
  };
}

/** Flags for a young generation so large that nothing is collected while bytes are counted. */
export const UNCOLLECTED = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

export async function startWorker(name, { url, sockets = 512, execArgv = [] }) {
  const child = fork(fileOf('worker.mjs'), [name, url, String(sockets)], { stdio: 'inherit', execArgv });
  await nextMessage(child, name);
  return {
    name,
    ask(command, details) {
      child.send({ command, ...details });
      return nextMessage(child, name);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
