/** @module kiip-s2s/axios */
export { createTransport } from './create-transport.js';
export type { AgentLike, AxiosCall, AxiosLike, ProxyOptions, TransportOptions } from './transport-options.js';
export type { Pem, TlsOptions } from './tls-options.js';
export { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../call/transport.js';
