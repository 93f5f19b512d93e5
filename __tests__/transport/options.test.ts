import { inspect } from 'node:util';
import axios, { Axios } from 'axios';
import http from 'node:http';
import { KiipConfigError } from '../../src/errors/index.js';
import { createTransport, type TransportOptions } from 'kiip-s2s/axios';

function problemsOf(options: unknown): string[] {
  try {
    createTransport(options as TransportOptions);
  } catch (error) {
    if (!(error instanceof KiipConfigError)) throw error;
    expect(error.message).not.toContain('hunter2');
    return error.issues.map(({ path }) => path);
  }
  return [];
}

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['an empty object', {}],
  ['one agent', { agent: new http.Agent() }],
  ['an agent for one protocol', { agent: { https: new http.Agent() } }],
  ['a proxy URL', { proxy: 'http://user:hunter2@proxy.internal:3128' }],
  [
    'a proxy in parts',
    { proxy: { protocol: 'https', host: '::1', port: 3128, auth: { username: 'a', password: 'b' } } },
  ],
  ['axios itself', { axios }],
  ['an axios instance', { axios: axios.create() }],
  ['a bare axios', { axios: new Axios() }],
  ['the environment', { proxy: 'env' }],
  ['TLS settings', { tls: { ca: 'x', cert: Buffer.from('x'), key: ['x'], minVersion: 'TLSv1.3' }, proxy: 'env' }],
  ['extra headers', { headers: { 'X-Gateway-Key': 'hunter2' }, axios }],
  [
    'undefined everywhere',
    { agent: undefined, proxy: undefined, axios: undefined, tls: { ca: undefined }, headers: undefined },
  ],
])('takes %s', (_, options) => {
  expect(problemsOf(options)).toEqual([]);
});

test.each<[string, unknown, string[]]>([
  ['no object', 'http://proxy', ['options']],
  ['a misspelt option', { agents: {} }, ['agents']],
  ['an unknown option', { hunter2: {} }, ['(unknown key)']],
  ['no agent', { agent: 7 }, ['agent']],
  ['an empty pair of agents', { agent: {} }, ['agent']],
  [
    'agents that are none',
    { agent: { http: 1, https: new http.Agent(), ftp: 1 } },
    ['agent.http', 'agent.(unknown key)'],
  ],
  ['a proxy that is no URL', { proxy: 'hunter2' }, ['proxy']],
  ['a proxy of another kind', { proxy: 'socks5://user:hunter2@proxy' }, ['proxy']],
  ['a proxy that is no object', { proxy: 8080 }, ['proxy']],
  [
    'a proxy wrong in every part',
    { proxy: { protocol: 'socks5', host: 'user:hunter2@proxy', port: 0, auth: 'hunter2' } },
    ['proxy.protocol', 'proxy.host', 'proxy.port', 'proxy.auth'],
  ],
  ['no axios', { axios: {} }, ['axios']],
  ['TLS settings that are none', { tls: 'hunter2' }, ['tls']],
  [
    'TLS settings wrong in every part',
    { tls: { ca: 5, key: [5], minVersion: 'SSLv3', rejectUnauthorised: true, servername: 5 } },
    ['tls.ca', 'tls.key', 'tls.minVersion', 'tls.servername', 'tls.rejectUnauthorised'],
  ],
  ['TLS settings beside an agent', { agent: new http.Agent(), tls: {} }, ['tls']],
  ['headers that are none', { headers: ['hunter2'] }, ['headers']],
  [
    'headers that would break the request',
    { headers: { Host: 'x', 'content-length': '5', 'x-key': 'hunter2\r\nx: y', 'x y': 'z', 'x-number': 5 } },
    ['headers.Host', 'headers.content-length', 'headers.x-key', 'headers', 'headers.x-number'],
  ],
  ['two ways at once, and more', { axios: 1, proxy: 2 }, ['proxy, axios', 'proxy', 'axios']],
])('refuses %s, naming every problem', (_, options, paths) => {
  expect(problemsOf(options)).toEqual(paths);
});

test('shows no credentials', () => {
  const transport = createTransport({ proxy: 'http://user:hunter2@proxy.internal:3128' });
  expect(inspect(transport, { depth: 20, showHidden: true })).not.toContain('hunter2');
  expect(JSON.stringify(transport)).not.toContain('hunter2');
});
