import nock from 'nock';
import { createTransport } from 'kiip-s2s/axios';
import { failureOf, post } from './contract.js';

const transport = createTransport();
beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(async () => {
  nock.enableNetConnect();
  nock.restore();
  await transport.close?.();
});

test('nock sees and answers the default transport', async () => {
  let seen: unknown;
  nock('https://api.kiip.me', { reqheaders: { 'content-type': 'application/json', 'x-secret': /.+/ } })
    .post('/2.0/server/moment/', (body) => {
      seen = body;
      return true;
    })
    .times(2)
    .reply(200, { view: null }, { 'retry-after': '1' });
  for (let i = 0; i < 2; i++) {
    const response = await transport.send(post('https://api.kiip.me/2.0/server/moment/'));
    expect(response).toMatchObject({ status: 200, body: '{"view":null}' });
    expect(response.headers['retry-after']).toBe('1');
  }
  expect(seen).toEqual(JSON.parse(post('').body));
});

test('nock plays failures', async () => {
  nock('https://api.kiip.me')
    .post('/')
    .replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
  expect(await failureOf(transport.send(post('https://api.kiip.me/')))).toMatchObject({
    kind: 'connection',
    reason: 'ECONNRESET',
  });
  nock('https://api.kiip.me').post('/').delay(300).reply(200);
  expect(await failureOf(transport.send(post('https://api.kiip.me/', { timeoutMs: 50 })))).toMatchObject({
    kind: 'timeout',
  });
});
