// Compares verifyCallback with its lower bound (JSON.parse and one SHA-1, nothing checked) and with the webhook
// verification of other packages, on bodies of the same size. Measures CPU time of the process in short windows that
// take turns; each ratio is of two windows of one round.
import { hash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { verify as octokitVerify, sign as octokitSign } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { shuffled, spread, table, thousands } from './support/stats.mjs';

const SECRET = '8a7f0c2d9b1e4f6a8c3d5e7f9a1b2c3d';
const HMAC_SECRET = `whsec_${Buffer.from(SECRET).toString('base64')}`;
const VARIANTS = 16;

/** Writes JSON with the separators of Python's `json.dumps`, because the documents' own sample is Python. */
const pythonJson = (fields) =>
  `{${Object.entries(fields)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(', ')}}`;

const redemptions = Array.from({ length: VARIANTS }, (_, i) => ({
  transactionId: `5473ca54-59a5-cf65-d319-c91697297f${10 + i}`,
  content: '577ea3aa-b723-ae81-660c-79fae3443e12',
  name: 'Gold Coins',
  quantity: 20 + i,
  userId: `player-${4711 + i}@example.com`,
}));

/**
 * The steps of the lower bound and of verifyCallback. Each includes the steps before it, because hashing a text a
 * second time is cheaper.
 */
async function stations(bodies) {
  const load = (path) => import(`../dist/esm/callbacks/${path}.js`);
  const { readText } = await load('parse/text');
  const { readJson } = await load('parse/json');
  const { readMessage } = await load('event/message');
  const { checkSignature } = await load('signature/check');
  const secrets = [SECRET];
  const read = (i) => readJson(readText(bodies[i]));
  const message = (i) => readMessage(read(i), 'documented');
  const check = (i) => {
    const { message: texts, signature } = message(i);
    return checkSignature(texts, signature, secrets, 'documented', 'json');
  };
  return [
    { name: 'of the limit: JSON.parse', call: (i) => JSON.parse(bodies[i]) },
    { name: 'of verifyCallback: reading the fields', call: read },
    { name: '… and checking the message', call: message },
    { name: '… and checking the signature', call: check },
  ];
}

async function contenders(callbacks) {
  const { signCallback, verifyCallback, verifyCallbackFields } = callbacks;
  const wire = redemptions.map((fields) => {
    const { transactionId: transaction_id, userId: user_id, ...rest } = fields;
    return { transaction_id, ...rest, user_id, signature: signCallback(fields, SECRET) };
  });
  const bodies = wire.map(pythonJson);
  const bytes = bodies.map((body) => Buffer.from(body));
  const compact = wire.map((fields) => JSON.stringify(fields));
  const escaped = wire.map((fields) => pythonJson(fields).replace('Gold', 'G\\u006fld'));
  const forms = wire.map((fields) => new URLSearchParams(fields).toString());
  const parsed = wire.map((fields) => ({ ...fields }));
  const options = { secret: SECRET };

  const stripe = new Stripe('sk_test_x');
  const svix = new SvixWebhook(HMAC_SECRET);
  const standard = new StandardWebhook(HMAC_SECRET);
  const now = new Date();
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const stripeHeaders = bodies.map((payload) =>
    stripe.webhooks.generateTestHeaderString({ payload, secret: HMAC_SECRET }),
  );
  const headersOf = (prefix, sign) =>
    bodies.map((body, i) => ({
      [`${prefix}-id`]: `m${i}`,
      [`${prefix}-timestamp`]: timestamp,
      [`${prefix}-signature`]: sign(`m${i}`, now, body),
    }));
  const svixHeaders = headersOf('svix', (...args) => svix.sign(...args));
  const standardHeaders = headersOf('webhook', (...args) => standard.sign(...args));
  const octokitSignatures = await Promise.all(bodies.map((body) => octokitSign(SECRET, body)));

  const limit = (i) => {
    const { content, name, quantity, user_id, transaction_id, signature } = JSON.parse(bodies[i]);
    return hash('sha1', content + name + quantity + user_id + transaction_id + SECRET) === signature;
  };
  const ok = (event) => event.type === 'redemption' && event.dedupKeys.length === 2;
  return {
    size: bytes[0].length,
    limit: { name: 'the limit: JSON.parse + SHA-1', call: limit },
    stations: await stations(bodies),
    ours: { name: 'verifyCallback, JSON text', call: (i) => ok(verifyCallback(bodies[i], options)) },
    variants: [
      { name: 'verifyCallback, JSON bytes', call: (i) => ok(verifyCallback(bytes[i], options)) },
      { name: 'verifyCallback, JSON without spaces', call: (i) => ok(verifyCallback(compact[i], options)) },
      { name: 'verifyCallback, JSON with an escape', call: (i) => ok(verifyCallback(escaped[i], options)) },
      { name: 'verifyCallback, form', call: (i) => ok(verifyCallback(forms[i], options)) },
      { name: 'verifyCallbackFields', call: (i) => ok(verifyCallbackFields(parsed[i], options)) },
    ],
    peers: [
      {
        name: 'stripe constructEvent',
        call: (i) => stripe.webhooks.constructEvent(bodies[i], stripeHeaders[i], HMAC_SECRET) !== null,
      },
      { name: 'svix verify', call: (i) => svix.verify(bodies[i], svixHeaders[i]) !== null },
      { name: 'standardwebhooks verify', call: (i) => standard.verify(bodies[i], standardHeaders[i]) !== null },
      {
        name: '@octokit/webhooks-methods verify + JSON.parse',
        async: async (i) =>
          (await octokitVerify(SECRET, bodies[i], octokitSignatures[i])) && JSON.parse(bodies[i]) !== null,
      },
    ],
  };
}

/**
 * Measures the nanoseconds of CPU time per call in one window. Checks each answer, because a contender that stops
 * verifying would look fast.
 */
async function window({ name, call, async }, calls) {
  const before = process.cpuUsage();
  for (let n = 0; n < calls; n += 1) {
    const fine = async === undefined ? call(n & (VARIANTS - 1)) : await async(n & (VARIANTS - 1));
    if (!fine) throw new Error(`${name} refused`);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / calls;
}

/**
 * Measures everything and returns the table and two figures: `ratioToLimit` and `ratioToFastestPeer` are medians of
 * rates.
 */
export async function measure({ quick = false, callbacks } = {}) {
  const { size, limit, stations, ours, variants, peers } = await contenders(
    callbacks ?? (await import('../dist/esm/callbacks/index.js')),
  );
  const all = [limit, ...stations, ours, ...variants, ...peers];
  const [calls, rounds] = quick ? [3_000, 30] : [10_000, 100];
  const times = new Map(all.map((one) => [one, []]));
  for (const one of all) await window(one, 30_000);
  for (let round = 0; round < rounds; round += 1) {
    for (const one of shuffled(all))
      times.get(one).push(await window(one, one.call === undefined || peers.includes(one) ? calls / 5 : calls));
  }
  const ratios = (to, of) => times.get(to).map((time, round) => time / times.get(of)[round]);
  const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const fastest = [...peers].sort((a, b) => middle(times.get(a)) - middle(times.get(b)))[0];
  const rows = [limit, ours, ...variants, ...peers].map((one) => [
    one.name,
    spread(times.get(one), thousands),
    spread(ratios(limit, one)),
    one === ours ? '1' : spread(ratios(one, ours)),
  ]);
  const profile = [stations[0], limit, ...stations.slice(1), ours].map((one) => [
    one.name,
    spread(times.get(one), thousands),
    spread(ratios(one, limit)),
  ]);
  return {
    ratioToLimit: middle(ratios(limit, ours)),
    ratioToFastestPeer: middle(ratios(fastest, ours)),
    table: [
      `Body: ${size} bytes.`,
      table(['', 'CPU ns a call', "rate, of the limit's", 'verifyCallback is faster by'], rows),
      'Where the time goes. Each row includes the steps above it.',
      table(['', 'CPU ns a call', "time, of the limit's"], profile),
    ].join('\n\n'),
  };
}

export const run = async (options) => (await measure(options)).table;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(await run({ quick: process.argv.includes('--quick') }));
