import type { BodyLimits, CallbackReceiver, RefusedBody } from '../callbacks/index.js';

const ADVICE =
  'The Request was read before callbackFetch() got it: call it first, or give whatever reads the body a request.clone().';

/**
 * The callback endpoint as a function from `Request` to `Response` (`kiip-s2s/fetch`): Hono, Next.js route handlers, Bun, Deno, workers
 * with Node's crypto.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackFetch } from 'kiip-s2s/fetch';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * export const POST = callbackFetch(receiver);
 * ```
 */
export function callbackFetch(receiver: CallbackReceiver): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, headers } = request;
    const answer = await receiver.handle({ method, headers, rawBody: (limits) => readRequest(request, limits) });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  };
}

async function readRequest(
  request: Request,
  { maxBodyBytes, bodyTimeoutMs }: BodyLimits,
): Promise<Uint8Array | RefusedBody> {
  if (request.bodyUsed || request.body?.locked === true) return { refuse: 500, advice: ADVICE };
  if (request.body === null) return new Uint8Array();
  if ((request.headers.get('content-encoding') ?? 'identity') !== 'identity') return { refuse: 415 };
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<'timeout'>((resolve) => (timer = setTimeout(resolve, bodyTimeoutMs, 'timeout')));
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), timeout]);
      if (next === 'timeout') return { refuse: 408 };
      if (next.done) return Buffer.concat(chunks);
      chunks.push(next.value);
      size += next.value.length;
      if (size > maxBodyBytes) return { refuse: 413 };
    }
  } catch {
    return { refuse: 400 };
  } finally {
    clearTimeout(timer);
    // Frees the sender of a body that was given up; of one that has ended it does nothing.
    void reader.cancel().catch(() => undefined);
  }
}
