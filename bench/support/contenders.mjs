// The same call by everybody: an object goes out as JSON, the answer comes back as an object. Nobody but the client validates,
// limits, retries or times anything, and nobody but the client builds its payload: the others get it ready-made.
import http from 'node:http';
import net from 'node:net';
import { pathToFileURL } from 'node:url';
import { app, assertReward, context, momentId } from './fixtures.mjs';

const agentFor = (sockets) => new http.Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets });

async function payloadOf() {
  const { buildMoment } = await import('../../dist/esm/index.js');
  return buildMoment(app, momentId, context);
}

async function client({ url, sockets, transport, build = new URL('../../dist/', import.meta.url) }) {
  const { KiipClient } = await import(new URL('esm/index.js', build));
  const { origin, pathname } = new URL(url);
  const kiip = new KiipClient({
    ...app,
    baseUrl: origin,
    paths: { session: pathname, moment: pathname },
    maxConcurrent: sockets,
    transport,
    // Calls that are held for good must not end by themselves while they are counted.
    timeoutMs: 600_000,
    deadlineMs: 600_000,
  });
  return async () => {
    const outcome = await kiip.moment(momentId, context);
    assertReward(outcome.reward.id);
  };
}

async function clientOnUndici(setting) {
  const { undiciTransport } = await import('../../dist/esm/transport/undici/index.js');
  return client({ ...setting, transport: undiciTransport() });
}

/** Another checkout's build, given by `--against`, so that one run shows both. */
const { BENCH_AGAINST } = process.env;
const clientBefore = (setting) => client({ ...setting, build: pathToFileURL(`${BENCH_AGAINST}/dist/`) });

/** What the machine can do at best: a socket for each call at once, the request's head ready-made, the answer found by its length. */
async function bareSocket({ url }) {
  const payload = await payloadOf();
  const { hostname: host, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}:${port}\r\ncontent-type: application/json\r\ncontent-length: `;
  const idle = [];
  const connect = () => {
    const socket = net.connect({ host, port: Number(port), noDelay: true });
    const state = { socket, received: '', settle: null };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      state.received += chunk;
      const start = state.received.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/.exec(state.received)?.[1]);
      if (start < 4 || state.received.length < start + length) return;
      const { settle, received } = state;
      state.received = '';
      idle.push(state);
      settle(JSON.parse(received.slice(start)));
    });
    return state;
  };
  return async () => {
    const state = idle.pop() ?? connect();
    const body = JSON.stringify(payload);
    const answer = await new Promise((settle) => {
      state.settle = settle;
      state.socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    assertReward(answer.view.id);
  };
}

async function axiosCreate({ url, sockets }) {
  const { default: axios } = await import('axios');
  const payload = await payloadOf();
  const instance = axios.create({ httpAgent: agentFor(sockets) });
  return async () => {
    const { data } = await instance.post(url, payload);
    assertReward(data.view.id);
  };
}

async function byHand({ url, sockets }) {
  const payload = await payloadOf();
  const { hostname: host, port, pathname: path } = new URL(url);
  const agent = agentFor(sockets);
  const post = () =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(payload);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = http.request({ host, port, path, method: 'POST', agent, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString()));
          } catch (error) {
            reject(error);
          }
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  return async () => assertReward((await post()).view.id);
}

async function undiciRequest({ url }) {
  const { Agent, request } = await import('undici');
  const payload = await payloadOf();
  const dispatcher = new Agent();
  const headers = { 'content-type': 'application/json' };
  return async () => {
    const { body } = await request(url, { method: 'POST', headers, body: JSON.stringify(payload), dispatcher });
    const data = await body.json();
    assertReward(data.view.id);
  };
}

async function globalFetch({ url }) {
  const payload = await payloadOf();
  const headers = { 'content-type': 'application/json' };
  return async () => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(payload) });
    const data = await response.json();
    assertReward(data.view.id);
  };
}

async function gotPost({ url, sockets }) {
  const { got } = await import('got');
  const payload = await payloadOf();
  const instance = got.extend({ agent: { http: agentFor(sockets) }, retry: { limit: 0 }, responseType: 'json' });
  return async () => {
    const { body } = await instance.post(url, { json: payload });
    assertReward(body.view.id);
  };
}

/** By name: makes the function that makes one call. The first is ours. */
export const contenders = {
  'client.moment()': client,
  'axios.create': axiosCreate,
  'http.request by hand': byHand,
  'client.moment() on undici': clientOnUndici,
  'undici.request': undiciRequest,
  'bare socket': bareSocket,
  fetch: globalFetch,
  got: gotPost,
  ...(BENCH_AGAINST === undefined ? {} : { 'client.moment() of the other build': clientBefore }),
};
