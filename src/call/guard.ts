import { unwatch, watch } from './signals.js';
import { TransportError, type Transport, type TransportRequest, type TransportResponse } from './transport.js';

/**
 * Sends a request within `timeoutMs` and the caller's signal. A transport with `enforcesLimits` enforces both itself.
 * Any other is raced against them, and gets a signal that aborts when it has lost.
 */
export function sendGuarded(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  return transport.enforcesLimits === true ? transport.send(request) : raceLimits(transport, request);
}

function raceLimits(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  // A hook may have aborted the call just now, and a signal that has fired fires no more.
  if (request.signal?.aborted === true)
    return Promise.reject(new TransportError({ kind: 'aborted', reason: 'aborted', maybeSent: false }));
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const release = (): void => {
      clearTimeout(timer);
      if (request.signal !== undefined) unwatch(request.signal, listener);
    };
    const giveUp = (kind: 'timeout' | 'aborted'): void => {
      release();
      reject(new TransportError({ kind, reason: kind, maybeSent: true }));
      controller.abort();
    };
    const listener = { aborted: (): void => giveUp('aborted') };
    const timer = setTimeout(giveUp, request.timeoutMs, 'timeout');
    if (request.signal !== undefined) watch(request.signal, listener);
    // The async function turns an error that `send` throws into a rejection.
    const sent = async (): Promise<TransportResponse> => transport.send({ ...request, signal: controller.signal });
    sent().then(resolve, reject).finally(release);
  });
}
