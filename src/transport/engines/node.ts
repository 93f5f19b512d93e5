import type { Engine } from '../engine.js';
import type { Route } from '../transport-options.js';

/** Loads axios and Node's HTTP modules on the first request, because they take most of this package's load time. */
export async function loadEngine(route: Route): Promise<Engine> {
  if (route.kind === 'axios') {
    const { AxiosInstanceEngine } = await import('../axios-instance.js');
    return new AxiosInstanceEngine(route.axios);
  }
  // Import axios separately, so that a bundle without it fails with a clear message. Use its browser build: the dependencies of the other build
  // call `require`, which ESM bundles lack. Only the adapters differ, and we bring our own.
  const [{ default: axios }, { NodeHttpEngine }] = await Promise.all([
    import('axios/dist/browser/axios.cjs'),
    import('../node-http.js'),
  ]);
  return new NodeHttpEngine(axios, route);
}
