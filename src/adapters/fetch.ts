/** @module kiip-s2s/fetch */
import { findBody } from '../inbound/find-body.js';
import type { CallbackReceiver } from '../inbound/request.js';
import { webStream, type WebBodyLike } from '../inbound/web-stream.js';

export type { CallbackReceiver, WebBodyLike };
export {
  fetchTransport,
  type FetchBodyReader,
  type FetchInit,
  type FetchLike,
  type FetchResponseLike,
  type FetchTransportOptions,
} from '../transport/fetch/index.js';
export { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../call/transport.js';

/** The part of a `Request` that the handler needs. The request of Azure Functions fits too. */
export interface FetchRequestLike extends WebBodyLike {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

/** The part of a worker's execution context that the handler needs. */
export interface WorkerContextLike {
  waitUntil(promise: Promise<unknown>): void;
}

const ADVICE =
  'The Request was read before callbackFetch() got it: call it first, or give whatever reads the body a request.clone().';

/**
 * Creates a fetch handler from a receiver (`kiip-s2s/fetch`). It takes a `Request` and resolves with a `Response`, for
 * Hono, Next.js route handlers, Bun, Deno, workers and Azure Functions v4.
 *
 * In a worker, pass the execution context as the third argument. The handler then finishes a callback even when the
 * sender hangs up; otherwise the runtime may stop it between your credit and the ledger's entry.
 *
 * @example
 * ```ts
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackFetch } from 'kiip-s2s/fetch';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
 * export const POST = callbackFetch(receiver);
 * ```
 */
export function callbackFetch(
  receiver: CallbackReceiver,
): (request: FetchRequestLike, env?: unknown, context?: WorkerContextLike) => Promise<Response> {
  const answer = async (request: FetchRequestLike): Promise<Response> => {
    const { method, headers } = request;
    const rawBody = findBody({ headers, places: [request], stream: webStream(request), advice: ADVICE });
    const { body, status, headers: own } = await receiver.handle({ method, headers, rawBody });
    return new Response(body, { status, headers: own });
  };
  return (request, _env, context) => {
    const answering = answer(request);
    // Only workers pass a third argument. The second one means something else on each host.
    if (typeof context?.waitUntil === 'function') context.waitUntil(answering);
    return answering;
  };
}
