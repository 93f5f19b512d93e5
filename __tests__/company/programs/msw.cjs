// Mocks the platform with msw 1 or 2, in the build that is named; the last round is passed through to the real server.
const { describeFailure, makeCalls, report } = require('./calls.cjs');

const [, , mswName, format, realUrl] = process.argv;
const url = 'https://platform.test';

async function load() {
  if (format === 'cjs') return { ...require('kiip-s2s'), ...require('kiip-s2s/kaminari') };
  return { ...(await import('kiip-s2s')), ...(await import('kiip-s2s/kaminari')) };
}

const answerTo = (body) =>
  'moment' in body
    ? { view: { id: 'test_1', modal: { body_url: 'https://api.kiip.me/reward/u/test_1?r=1' } } }
    : { date: '2015-01-28T01:32:24.697136' };

/** The same three handlers in the words of each version. */
function makeHandlers(msw, requests) {
  const note = (headers, body) => requests.push({ headers: Object.fromEntries(headers), body });
  if (mswName === 'msw1') {
    const { rest } = msw;
    const answer = async (req, res, ctx) => {
      const body = await req.json();
      note(req.headers.entries(), body);
      return res(ctx.json(answerTo(body)));
    };
    return {
      answers: [rest.post(`${url}/2.0/server/moment/`, answer), rest.post(`${url}/v2/ping`, answer)],
      busy: [rest.post(`${url}/2.0/server/moment/`, (_req, res, ctx) => res(ctx.status(503)))],
      broken: [rest.post(`${url}/2.0/server/moment/`, (_req, res) => res.networkError('x'))],
    };
  }
  const { http, HttpResponse } = msw;
  const answer = async ({ request }) => {
    const body = await request.json();
    note(request.headers.entries(), body);
    return HttpResponse.json(answerTo(body));
  };
  return {
    answers: [http.post(`${url}/2.0/server/moment/`, answer), http.post(`${url}/v2/ping`, answer)],
    busy: [http.post(`${url}/2.0/server/moment/`, () => new HttpResponse(null, { status: 503 }))],
    broken: [http.post(`${url}/2.0/server/moment/`, () => HttpResponse.error())],
  };
}

async function main() {
  const { setupServer } = require(`${mswName}/node`);
  const { KiipClient, KaminariClient } = await load();
  const requests = [];
  const { answers, busy, broken } = makeHandlers(require(mswName), requests);
  const server = setupServer(...answers);
  server.listen({ onUnhandledRequest: 'bypass' });
  const calls = await makeCalls({ KiipClient, KaminariClient, url });
  server.use(...busy);
  const refused = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  server.resetHandlers();
  server.use(...broken);
  const failed = await makeCalls({ KiipClient, KaminariClient, url }).catch(describeFailure);
  server.resetHandlers();
  const passed = await makeCalls({ KiipClient, KaminariClient, url: realUrl });
  server.close();
  report({ calls, requests, refused, failed, passed });
}

void main();
