import http from 'node:http';
import { createTransport } from 'kiip-s2s/axios';
import { post } from './contract.js';
import { answer, startWire, type Wire } from './wire.js';

// What tracing agents and mocking libraries build on: `http.request` is called as a property of the module, with a plain object of
// headers that they may add to, and the request is ended by its caller.
let wire: Wire;
const transport = createTransport();
beforeAll(async () => {
  wire = await startWire(({ socket }) => socket.write(answer()));
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await transport.close?.();
  await wire.close();
});

test('a header that an agent adds to the options is on the wire, of that request alone', async () => {
  const request = http.request;
  const wrapped = jest.spyOn(http, 'request').mockImplementation(((options: http.RequestOptions) => {
    Object.assign(options.headers ?? {}, { traceparent: '00-a-b-01' });
    return request(options);
  }) as typeof http.request);
  await transport.send(post(wire.url));
  wrapped.mockRestore();
  await transport.send(post(wire.url));
  expect(wire.arrivals.map(({ headers }) => headers['traceparent'])).toEqual(['00-a-b-01', undefined]);
});

test('an agent that copies the headers as an object sends the request that was meant', async () => {
  const request = http.request;
  jest.spyOn(http, 'request').mockImplementation(((options: http.RequestOptions) => {
    expect(Array.isArray(options.headers)).toBe(false);
    return request({ ...options, headers: { ...(options.headers as object) } });
  }) as typeof http.request);
  await transport.send(post(wire.url));
  expect(wire.arrivals.at(-1)?.body).toBe(post('').body);
});

test('the request is ended before the answer begins, with its length and in one order of headers', async () => {
  const request = http.request;
  let ended: boolean | undefined;
  jest.spyOn(http, 'request').mockImplementation(((options: http.RequestOptions) => {
    const client = request(options);
    client.on('response', () => (ended = client.writableEnded));
    process.nextTick(() => (ended = client.writableEnded));
    return client;
  }) as typeof http.request);
  await transport.send(post(wire.url));
  expect(ended).toBe(true);
  expect(Object.keys(wire.arrivals.at(-1)?.headers ?? {})).toEqual([
    'host',
    'content-type',
    'x-secret',
    'content-length',
    'connection',
  ]);
});

test('a header with bytes above 0x7f arrives as it is', async () => {
  await transport.send(post(wire.url, { headers: { 'x-name': 'caf\u00e9' } }));
  // The server reads the head as UTF-8, in which a lone latin1 byte is not a character.
  expect(wire.arrivals.at(-1)?.headers['x-name']).toBe('caf\ufffd');
  expect(wire.arrivals.at(-1)?.body).toBe(post('').body);
});
