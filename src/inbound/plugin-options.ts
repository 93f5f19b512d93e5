import { checkOptions } from '../check/check-options.js';
import * as z from '../zod.js';

/** Options of an adapter that mounts its own route. */
export interface PluginOptions {
  /** The path of the route, such as `/kiip/callback`. */
  readonly path: string;
}

const pluginSchema = z.strictObject({
  path: z.custom((path) => typeof path === 'string' && path.startsWith('/'), "must be a path that begins with '/'"),
});

/** Checks the options of an adapter. @throws KiipConfigError naming every problem. */
export function checkPluginOptions(where: string, options: PluginOptions): void {
  checkOptions(where, pluginSchema, options);
}
