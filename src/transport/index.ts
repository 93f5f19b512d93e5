export { createTransport, type AgentLike, type TransportOptions } from './create-transport.js';
export { TransportError, type Transport, type TransportRequest, type TransportResponse } from './transport.js';
