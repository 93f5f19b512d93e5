// In front of the shared worker: passes requests on, and cancels one after `cancelMs`, as the network does when a client hangs up.
interface Env {
  readonly MAIN: { fetch(url: string, init: RequestInit): Promise<Response> };
}

export default {
  async fetch(request: Request, { MAIN }: Env): Promise<Response> {
    const { method, headers, url } = request;
    const controller = new AbortController();
    const cancelMs = new URL(url).searchParams.get('cancelMs');
    if (cancelMs !== null) setTimeout(() => controller.abort(), Number(cancelMs));
    const body = method === 'POST' ? await request.text() : null;
    try {
      return await MAIN.fetch(url, { method, headers, body, signal: controller.signal });
    } catch {
      return new Response('cancelled', { status: 499 });
    }
  },
};
