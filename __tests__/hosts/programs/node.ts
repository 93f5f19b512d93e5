// Everything that runs on this Node, each host on a port of its own.
import { serveFrameworks } from './frameworks.js';
import { serveFunctions } from './functions.js';
import { serveNest } from './nest.js';

await serveFrameworks();
await serveFunctions();
await serveNest();
