import type { Route } from './route.js';

/** The route for a request, or the methods that its path accepts (empty for an unknown path). */
export type Match =
  | { readonly route: Route; readonly params: readonly string[] }
  | { readonly route: null; readonly allow: readonly string[] };

const NO_PARAMS: readonly string[] = [];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Finds routes: by the whole path first, then by pattern in the order given. */
export class Router {
  readonly #exact = new Map<string, Route>();
  readonly #patterns: (Route & { readonly path: RegExp })[] = [];

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (typeof route.path === 'string') this.#exact.set(`${route.method} ${route.path}`, route);
      else this.#patterns.push(route as Route & { readonly path: RegExp });
    }
  }

  find(sentMethod: string, path: string): Match {
    const method = sentMethod === 'HEAD' ? 'GET' : sentMethod;
    const exact = this.#exact.get(`${method} ${path}`);
    if (exact !== undefined) return { route: exact, params: NO_PARAMS };
    const allow: string[] = [];
    for (const known of ['GET', 'POST', 'OPTIONS']) if (this.#exact.has(`${known} ${path}`)) allow.push(known);
    for (const route of this.#patterns) {
      const found = route.path.exec(path);
      if (found === null) continue;
      if (route.method === method) return { route, params: found.slice(1).map((group) => decode(group ?? '')) };
      allow.push(route.method);
    }
    return { route: null, allow };
  }
}
