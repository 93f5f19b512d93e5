import { TransportError, type Transport, type TransportRequest, type TransportResponse } from '../transport/transport.js';

/**
 * Sends through a transport that does not keep the limits itself: the attempt ends with its time or its signal, whatever the
 * transport does, and the transport is told so by the signal it is given.
 */
export function sendGuarded(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const release = (): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (kind: 'timeout' | 'aborted'): void => {
      release();
      reject(new TransportError({ kind, reason: kind, maybeSent: true }));
      controller.abort();
    };
    const onAbort = (): void => giveUp('aborted');
    const timer = setTimeout(() => giveUp('timeout'), request.timeoutMs);
    request.signal?.addEventListener('abort', onAbort);
    Promise.resolve(transport.send({ ...request, signal: controller.signal }))
      .then(resolve, reject)
      .finally(release);
  });
}
