import { KiipConfigError } from '../../errors/index.js';
import type { Engine } from '../engine.js';
import type { Route } from '../transport-options.js';

/**
 * Loads the engine for a runtime without Node's HTTP modules; package.json maps `#engine` to this file there. It must
 * not import `node:http`, not even in an `import()`: a bundler that makes one file moves the import to the top, and the
 * worker does not start.
 */
export async function loadEngine(route: Route): Promise<Engine> {
  if (route.kind === 'axios') {
    const { AxiosInstanceEngine } = await import('../axios-instance.js');
    return new AxiosInstanceEngine(route.axios);
  }
  const message =
    "needs Node's HTTP client, which this runtime lacks: pass transport: fetchTransport() of kiip-s2s/fetch";
  throw new KiipConfigError(`createTransport: ${message}. Nothing was sent.`, [{ path: 'transport', message }]);
}
