import type { Transport } from '../call/transport.js';
import { createTransport } from '../transport/index.js';

/**
 * Creates the transport of a command. Like curl, it obeys `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. A sandbox inside
 * this process is reached directly.
 */
export const createCommandTransport = ({ isEmbedded }: { readonly isEmbedded: boolean }): Transport =>
  createTransport(isEmbedded ? {} : { proxy: 'env' });
