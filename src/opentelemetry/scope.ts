import { VERSION } from '../version.js';

/** The instrumentation scope: what every span and metric says it comes from. */
export const SCOPE = ['kiip-s2s', VERSION] as const;
