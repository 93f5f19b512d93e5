import http from 'node:http';
import axios from 'axios';
import { createTransport } from 'kiip-s2s/axios';
import { fetchTransport } from 'kiip-s2s/fetch';
import { undiciTransport } from 'kiip-s2s/undici';
import { Agent } from 'undici';
import { describeTransport, type Subject } from './contract.js';
import { startProxy } from './proxy.js';

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
