import type { Transport } from '../call/transport.js';
import { createTransport } from '../transport/index.js';

/**
 * The command line travels as curl does: through what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. A sandbox inside this process is
 * reached by no proxy.
 */
export const createCommandTransport = ({ isEmbedded }: { readonly isEmbedded: boolean }): Transport =>
  createTransport(isEmbedded ? {} : { proxy: 'env' });
