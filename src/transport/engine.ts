import type { TransportRequest, TransportResponse } from '../call/transport.js';

/** The loaded half of a transport: what needs axios and Node's HTTP modules. */
export interface Engine {
  send(request: TransportRequest): Promise<TransportResponse>;
  close?(): void;
}
