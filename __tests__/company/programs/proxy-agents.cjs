// Both clients on agents of the caller's, in the build that is named.
const { makeCalls, report } = require('./calls.cjs');

const [, , format, proxyUrl, url] = process.argv;

async function load() {
  if (format === 'cjs')
    return { ...require('kiip-s2s'), ...require('kiip-s2s/kaminari'), ...require('kiip-s2s/axios') };
  return { ...(await import('kiip-s2s')), ...(await import('kiip-s2s/kaminari')), ...(await import('kiip-s2s/axios')) };
}

async function main() {
  // Both packages are ES modules only.
  const { HttpProxyAgent } = await import('http-proxy-agent');
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const { KiipClient, KaminariClient, createTransport } = await load();
  const options = { keepAlive: true };
  const agent = { http: new HttpProxyAgent(proxyUrl, options), https: new HttpsProxyAgent(proxyUrl, options) };
  const transport = createTransport({ agent });
  const calls = await makeCalls({ KiipClient, KaminariClient, url, transport });
  await transport.close();
  agent.http.destroy();
  agent.https.destroy();
  report(calls);
}

void main();
