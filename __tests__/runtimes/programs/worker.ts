import { portable, runParts } from './portable.js';

export default { fetch: async () => Response.json(await runParts(portable)) };
