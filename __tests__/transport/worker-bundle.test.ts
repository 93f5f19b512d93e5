import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';

const root = join(__dirname, '../..');
const program = `
  import { KiipClient } from '${root}/src/index.ts';
  import { fetchTransport } from '${root}/src/adapters/fetch.ts';
  const app = { appKey: 'key', appVersion: '1', test: true };
  globalThis.client = new KiipClient({ ...app, transport: fetchTransport() });
  globalThis.without = new KiipClient(app);
`;

async function bundle(conditions: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kiip-worker-'));
  const entry = join(folder, 'worker.ts');
  writeFileSync(entry, program);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions,
    nodePaths: [join(root, 'node_modules')],
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  rmSync(folder, { recursive: true });
  return outputFiles[0]?.text ?? '';
}

const CONTEXT = {
  device: { id: 'd', os: 'Android 15', lang: 'en', locale: 'en_US' },
  connection: { ip: '54.174.101.1' },
};

interface Worker {
  readonly client: { moment(id: string, context: object): Promise<unknown> };
  readonly without: { moment(id: string, context: object): Promise<unknown> };
}

test.each([[['workerd', 'worker', 'browser']], [['worker']], [['edge-light']]])(
  'a client with fetchTransport() runs in a worker without Node (%j)',
  async (conditions) => {
    const code = await bundle(conditions);
    expect(code).not.toMatch(/(?:from |import |require\()["']node:/);
    const urls: string[] = [];
    const worker = runInNewContext(`${code};globalThis`, {
      ...{
        AbortController,
        AbortSignal,
        Headers,
        TextDecoder,
        TextEncoder,
        URL,
        performance,
        setTimeout,
        clearTimeout,
      },
      fetch: (url: string) => {
        urls.push(url);
        return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }));
      },
    }) as Worker;
    await expect(worker.client.moment('level_up', CONTEXT)).resolves.toMatchObject({ rewarded: false });
    expect(urls).toEqual(['https://api.kiip.me/2.0/server/moment/']);
    await expect(worker.without.moment('level_up', CONTEXT)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('fetchTransport()') as string,
    });
    expect(urls).toHaveLength(1);
  },
);
