import type { Transport } from '../call/transport.js';
import { createTransport } from '../transport/index.js';

/** Creates the command line's transport, which uses `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as curl does. */
export const createCommandTransport = (): Transport => createTransport({ proxy: 'env' });
