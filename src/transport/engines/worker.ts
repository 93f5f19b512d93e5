import { KiipConfigError } from '../../errors/index.js';
import type { Engine } from '../engine.js';
import type { Route } from '../transport-options.js';

/**
 * The engines of a runtime without Node's HTTP modules, by the import condition `#engine`. A bundler that makes one file lifts an import of
 * `node:http` to its top even out of an `import()`, and a worker with such a line does not start.
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
