import type { Engine } from '../engine.js';
import type { Route } from '../transport-options.js';

/** axios and Node's HTTP modules take most of the time to load this package: only who sends pays it. */
export async function loadEngine(route: Route): Promise<Engine> {
  if (route.kind === 'axios') {
    const { AxiosInstanceEngine } = await import('../axios-instance.js');
    return new AxiosInstanceEngine(route.axios);
  }
  // axios by itself, so that a bundle that has lost it can say so. Its build for browsers, because that has no CommonJS dependency:
  // the other one's call `require`, which a bundle of ES modules does not have. The adapter, which differs, is ours.
  const [{ default: axios }, { NodeHttpEngine }] = await Promise.all([
    import('axios/dist/browser/axios.cjs'),
    import('../node-http.js'),
  ]);
  return new NodeHttpEngine(axios, route);
}
