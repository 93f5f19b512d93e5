import { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../transport/transport.js';

/** `send` within `timeoutMs` and the signal, also with a transport that does not keep them itself: then the signal it gets tells it. */
export async function sendWithinLimits(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  if (transport.enforcesLimits === true) return transport.send(request);
  return new Promise<TransportResponse>((resolve, reject) => {
    const controller = new AbortController();
    const leave = (): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (kind: 'timeout' | 'aborted'): void => {
      leave();
      reject(new TransportError({ kind, reason: kind, maybeSent: true }));
      controller.abort();
    };
    const onAbort = (): void => giveUp('aborted');
    const timer = setTimeout(giveUp, request.timeoutMs, 'timeout');
    request.signal?.addEventListener('abort', onAbort);
    // Inside a function of its own, so that what `send` throws is a rejection too.
    const sent = async (): Promise<TransportResponse> => transport.send({ ...request, signal: controller.signal });
    sent().then(resolve, reject).finally(leave);
  });
}
