// A worker whose requests share clients and a receiver, as isolates keep them between requests. The origin's URL comes in a binding.
import { KiipClient } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger } from 'kiip-s2s/callbacks';
import { memoryConsentStore } from 'kiip-s2s/consent';
import { callbackFetch, fetchTransport } from 'kiip-s2s/fetch';
import { KaminariClient } from 'kiip-s2s/kaminari';

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

type Parts = ReturnType<typeof createParts>;

function createParts(origin: string) {
  const transport = fetchTransport();
  const app = { appKey: 'k', appVersion: '1', test: true, baseUrl: origin, transport } as const;
  const consentStore = memoryConsentStore();
  const credited: string[] = [];
  const receiver = createCallbackReceiver({
    secret: 'app-secret',
    ledger: memoryLedger(),
    async onRedemption({ userId }) {
      await (await fetch(`${origin}/${userId}`)).text();
      credited.push(userId);
    },
  });
  return {
    narrow: new KiipClient({ ...app, maxConcurrent: 1 }),
    full: new KiipClient({ ...app, maxConcurrent: 1, maxQueued: 0 }),
    consenting: new KiipClient({ ...app, consentStore }),
    withDefaultTransport: new KiipClient({ ...app, transport: undefined }),
    consentStore,
    kaminari: new KaminariClient({ kmnrKey: 'k', baseUrl: origin, transport, maxConcurrent: 1, windowMs: 2_000 }),
    credited,
    handleCallback: callbackFetch(receiver),
  };
}

async function answer(request: Request, parts: Parts, context: Context): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const id = searchParams.get('id') ?? '';
  const deadlineMs = Number(searchParams.get('deadlineMs'));
  const userId = searchParams.get('user') ?? '';
  const player = {
    device: { id: 'd', os: 'Android 15', lang: 'en', locale: 'en_US' },
    connection: { ip: '203.0.113.7' },
    user: { userId },
  };
  const limits = { deadlineMs, timeoutMs: deadlineMs };
  if (pathname === '/narrow') return Response.json(await parts.narrow.moment(id, player, limits));
  if (pathname === '/full') return Response.json(await parts.full.moment(id, player, limits));
  if (pathname === '/consenting') {
    await parts.consentStore.put(userId, { optedOut: true, at: new Date(1) });
    return Response.json(await parts.consenting.moment(id, player, limits));
  }
  if (pathname === '/default') return Response.json(await parts.withDefaultTransport.moment(id, player));
  if (pathname === '/ping') {
    const visitor = { ip: '203.0.113.7', forwardedFor: '203.0.113.7', headers: {} };
    const { status } = await parts.kaminari.ping({ kmnrId: id, visitor });
    return new Response(status, { status: status === 'delivered' ? 200 : 504 });
  }
  if (pathname === '/callback') return parts.handleCallback(request, {}, context);
  return Response.json(parts.credited);
}

let parts: Parts | undefined;

export default {
  async fetch(request: Request, { ORIGIN }: { readonly ORIGIN: string }, context: Context): Promise<Response> {
    parts ??= createParts(ORIGIN);
    return answer(request, parts, context).catch((error: unknown) => new Response(String(error), { status: 500 }));
  },
};
