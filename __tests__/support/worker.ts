import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

/** What a worker without Node's compatibility has, as far as this package uses it. */
const WORKER_GLOBALS = {
  AbortController,
  Headers,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  atob,
  clearTimeout,
  console,
  performance,
  queueMicrotask,
  setTimeout,
  // So that bytes made on either side are bytes on the other.
  ArrayBuffer,
  Uint8Array,
};

/**
 * Bundles a source file as a worker's build does and runs it where there is no Buffer, no process and no module of Node's. An import of
 * one fails the build.
 */
export async function loadInWorker(file: string): Promise<Record<string, unknown>> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'loaded',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    target: 'es2022',
    logLevel: 'silent',
  });
  const context = createContext({ ...WORKER_GLOBALS });
  runInContext(outputFiles[0]?.text ?? '', context);
  return (context as { loaded: Record<string, unknown> }).loaded;
}
