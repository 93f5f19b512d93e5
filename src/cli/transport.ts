import type { Transport } from '../call/transport.js';
import { createTransport } from '../transport/index.js';

/** The command line travels as curl does: through what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. */
export const createCommandTransport = (): Transport => createTransport({ proxy: 'env' });
