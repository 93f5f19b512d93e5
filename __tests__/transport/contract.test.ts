import http from 'node:http';
import axios from 'axios';
import { KiipClient } from 'kiip-s2s';
import { createTransport } from 'kiip-s2s/axios';
import { fetchTransport } from 'kiip-s2s/fetch';
import { undiciTransport } from 'kiip-s2s/undici';
import { Agent } from 'undici';
import { APP, CONTEXT } from '../support/context.js';
import { describeTransport, type Subject } from './contract.js';
import { startProxy } from './proxy.js';
import { answer, startWire } from './wire.js';

describeTransport(
  'default',
  async () => {
    const transport = createTransport();
    return { transport, close: async () => transport.close?.() };
  },
  { exact: true, seesRefusal: true, tellsWhy: true },
);

describeTransport(
  'an agent of the caller',
  async () => {
    const agent = new http.Agent({ keepAlive: true });
    const transport = createTransport({ agent: { http: agent } });
    return {
      transport,
      close: async () => {
        await transport.close?.();
        agent.destroy();
      },
    };
  },
  { exact: true, seesRefusal: true, tellsWhy: true },
);

describeTransport(
  'through a proxy',
  async () => {
    const proxy = await startProxy();
    const transport = createTransport({ proxy: { host: '127.0.0.1', port: proxy.port } });
    return {
      transport,
      close: async () => {
        await transport.close?.();
        await proxy.close();
      },
    };
  },
  { exact: true, seesRefusal: false, tellsWhy: true },
);

describeTransport(
  'undici',
  async () => {
    const transport = undiciTransport();
    return { transport, close: async () => transport.close?.() };
  },
  { exact: true, seesRefusal: true, tellsWhy: true },
);

describeTransport(
  'a dispatcher of the caller',
  async () => {
    const dispatcher = new Agent();
    const transport = undiciTransport({ dispatcher });
    return {
      transport,
      close: async () => {
        await transport.close?.();
        await dispatcher.destroy();
      },
    };
  },
  { exact: true, seesRefusal: true, tellsWhy: true },
);

describeTransport(
  'fetch',
  async () => {
    const transport = fetchTransport();
    return { transport, close: async () => transport.close?.() };
  },
  { exact: false, seesRefusal: false, tellsWhy: false },
);

const instances = {
  'axios.create()': () => axios.create(),
  'an axios instance with a keep-alive agent and defaults in the way': () =>
    axios.create({
      httpAgent: new http.Agent({ keepAlive: true }),
      baseURL: 'http://127.0.0.1:1/elsewhere',
      allowAbsoluteUrls: false,
      timeout: 1,
      responseType: 'stream',
      decompress: false,
      maxContentLength: 3,
      maxBodyLength: 3,
      maxRedirects: 9,
      validateStatus: (status) => status === 299,
      transformRequest: [() => 'rewritten'],
      transformResponse: [() => 'rewritten'],
      headers: { common: { 'x-common': '1' }, post: { 'content-type': 'text/plain' } },
    }),
};

for (const [name, create] of Object.entries(instances)) {
  describeTransport(
    name,
    async (): Promise<Subject> => {
      const instance = create();
      const transport = createTransport({ axios: instance });
      return {
        transport,
        close: async () => {
          await transport.close?.();
          (instance.defaults.httpAgent as http.Agent | undefined)?.destroy();
        },
      };
    },
    { exact: false, seesRefusal: true, tellsWhy: true },
  );
}

const engines = { default: () => createTransport(), undici: () => undiciTransport(), fetch: () => fetchTransport() };

test.each(Object.entries(engines))(
  '%s: a 2xx that cannot be decompressed is an answer that cannot be read, and nothing is sent again',
  async (_, create) => {
    const broken = await startWire(({ socket }) =>
      socket.write(answer('these are no compressed bytes', { 'Content-Encoding': 'gzip' })),
    );
    const transport = create();
    const baseUrl = new URL(broken.url).origin;
    const client = new KiipClient({ ...APP, baseUrl, transport, retry: { baseDelayMs: 1 } });
    await expect(client.startSession(CONTEXT)).rejects.toMatchObject({ code: 'invalid_response', attempts: 1 });
    expect(broken.arrivals).toHaveLength(1);
    await client.close();
    await transport.close?.();
    await broken.close();
  },
);
