/** @module kiip-s2s/undici */
export { undiciTransport, type UndiciTransportOptions } from './undici-transport.js';
export type { DispatcherLike } from './dispatcher.js';
export { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../../call/transport.js';
