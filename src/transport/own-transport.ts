import type { Transport } from '../call/transport.js';
import { createTransport } from './create-transport.js';

/** A client's transport, and how the client lets go of it. */
export interface HeldTransport {
  readonly transport: Transport;
  release(): Promise<void>;
}

/** The caller's transport, which stays the caller's to close, or one of the client's own. */
export function holdTransport(given: Transport | undefined): HeldTransport {
  const transport = given ?? createTransport();
  return { transport, release: async () => (given === undefined ? transport.close?.() : undefined) };
}
