import type { Transport } from '../call/transport.js';
import { createTransport } from './create-transport.js';

/** A client's transport, and the function that releases it. */
export interface HeldTransport {
  readonly transport: Transport;
  release(): Promise<void>;
}

/** Uses the caller's transport, which the client never closes, or creates one that the client owns. */
export function holdTransport(given: Transport | undefined): HeldTransport {
  const transport = given ?? createTransport();
  return { transport, release: async () => (given === undefined ? transport.close?.() : undefined) };
}
