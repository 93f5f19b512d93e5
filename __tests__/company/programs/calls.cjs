// The calls that every tool gets to see. The program hands over the classes, because it decides which build they come from.
const device = { id: 'Zoë', os: 'iOS 18.1', lang: 'en', locale: 'en_US' };
const visitor = {
  ip: '8.8.8.8',
  forwardedFor: '8.8.8.8',
  headers: { 'user-agent': 'Visitor', 'accept-language': 'en' },
};

exports.device = device;
exports.visitor = visitor;

/** A session, a moment and a ping, one after the other; then both clients are closed. */
exports.makeCalls = async ({ KiipClient, KaminariClient, url, transport }) => {
  const limits = { timeoutMs: 2_000 };
  const client = new KiipClient({
    appKey: 'key',
    appVersion: '1',
    test: true,
    baseUrl: url,
    retry: false,
    transport,
    ...limits,
  });
  const kaminari = new KaminariClient({ kmnrKey: 'key', baseUrl: url, windowMs: 4_000, transport, ...limits });
  const context = { device, connection: { ip: '8.8.8.8' } };
  try {
    const session = await client.startSession(context);
    const moment = await client.moment('level_up', context);
    const ping = await kaminari.ping({ kmnrId: 'impression1', visitor });
    return { date: session.dateText, reward: moment.rewarded ? moment.reward.id : null, ping: ping.status };
  } finally {
    await client.close();
    await kaminari.close();
  }
};

/** The program's last line, read by the test. */
exports.report = (result) => console.log(JSON.stringify(result));

/** What the test sees of a failure: an error of ours by its own account, anything else by its text. */
exports.describeFailure = (error) =>
  typeof error?.toJSON === 'function' ? error.toJSON() : { message: String(error) };
