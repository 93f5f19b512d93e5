import type { TransportRequest, TransportResponse } from '../call/transport.js';

/** The part of a transport that loads with its first request. */
export interface Engine {
  send(request: TransportRequest): Promise<TransportResponse>;
  close?(): void;
}
