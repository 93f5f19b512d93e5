import { createTransport } from '../transport/index.js';
import type { Transport } from '../call/transport.js';

/** The caller's transport, which stays the caller's to close, or one of our own. */
export function transportFor(given: Transport | undefined): {
  readonly transport: Transport;
  release(): Promise<void>;
} {
  if (given !== undefined) return { transport: given, release: async () => undefined };
  const own = createTransport();
  return { transport: own, release: async () => own.close?.() };
}
