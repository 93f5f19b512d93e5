export { fetchTransport, type FetchTransportOptions } from './fetch-transport.js';
export type { FetchBodyReader, FetchInit, FetchLike, FetchResponseLike } from './fetch-like.js';
