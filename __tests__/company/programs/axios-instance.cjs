// Both clients on an axios of the caller's: interceptors see every request, and axios-mock-adapter answers in the second round.
const { KiipClient } = require('kiip-s2s');
const { KaminariClient } = require('kiip-s2s/kaminari');
const { createTransport } = require('kiip-s2s/axios');
const axios = require('axios');
const { describeFailure, makeCalls, report } = require('./calls.cjs');

const url = process.argv[2];
const mocked = 'https://platform.test';

async function main() {
  const instance = axios.create();
  const seen = [];
  instance.interceptors.request.use((config) => {
    config.headers.set('x-gateway', 'blue');
    return config;
  });
  instance.interceptors.response.use((response) => {
    seen.push(response.status);
    return response;
  });
  const calls = await makeCalls({ KiipClient, KaminariClient, url, transport: createTransport({ axios: instance }) });

  const statuses = [...seen];

  const MockAdapter = require('axios-mock-adapter');
  const mock = new MockAdapter(instance, { onNoMatch: 'throwException' });
  mock.onPost(`${mocked}/2.0/server/moment/`).reply((config) => {
    const answer =
      'moment' in JSON.parse(config.data)
        ? { view: { id: 'test_1', modal: { body_url: 'https://api.kiip.me/reward/u/test_1?r=1' } } }
        : { date: '2015-01-28T01:32:24.697136' };
    return [200, answer];
  });
  mock.onPost(`${mocked}/v2/ping`).reply(200);
  const transport = createTransport({ axios: instance });
  const answered = await makeCalls({ KiipClient, KaminariClient, url: mocked, transport }).catch(describeFailure);
  mock.onPost(`${mocked}/2.0/server/moment/`).networkError();
  const failed = await makeCalls({ KiipClient, KaminariClient, url: mocked, transport }).catch(describeFailure);
  report({ calls, statuses, answered, failed });
}

void main();
