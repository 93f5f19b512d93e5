import { portable, runParts, type Servers } from './portable.js';

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await runParts(portable, (await request.json()) as Servers));
  },
};
