// Mocks the platform with the nock that is named, in the build that is named; no request may leave.
const { describeFailure, makeCalls, report } = require('./calls.cjs');

const [, , nockName, format] = process.argv;
const url = 'https://platform.test';

async function load() {
  if (format === 'cjs') return { ...require('kiip-s2s'), ...require('kiip-s2s/kaminari') };
  return { ...(await import('kiip-s2s')), ...(await import('kiip-s2s/kaminari')) };
}

async function main() {
  const nock = require(nockName);
  const { KiipClient, KaminariClient } = await load();
  nock.disableNetConnect();
  const requests = [];
  const seen = function (_uri, body) {
    requests.push({ headers: this.req.headers, body });
    return typeof body === 'object' && 'moment' in body
      ? { view: { id: 'test_1', modal: { body_url: 'https://api.kiip.me/reward/u/test_1?r=1' } } }
      : { date: '2015-01-28T01:32:24.697136' };
  };
  nock(url).post('/2.0/server/moment/').times(2).reply(200, seen);
  nock(url).post('/v2/ping').reply(200, seen);
  const calls = await makeCalls({ KiipClient, KaminariClient, url });

  nock(url)
    .post('/2.0/server/moment/')
    .replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
  const reset = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  nock(url).post('/2.0/server/moment/').delay(3_000).reply(200, {});
  const late = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  nock(url).post('/2.0/server/moment/').reply(429, {}, { 'retry-after': '7' });
  const busy = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  const unmatched = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  nock.abortPendingRequests();
  nock.restore();
  report({ calls, requests, reset, late, busy, unmatched, pending: nock.pendingMocks() });
}

void main();
