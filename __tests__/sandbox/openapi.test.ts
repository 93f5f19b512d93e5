import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Sandbox } from 'kiip-s2s/sandbox';
import { parse } from 'yaml';
import { parseUrl } from '../../src/check/base-url.js';
import { closeAll, moment, MOMENT_PATH, sandboxWith, session } from './support.js';

// docs/openapi.yaml against what the sandbox really answers: every answer fits its schema, every request that is refused breaks one, and
// every operation and status that is documented was seen.

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Record<string, object> };
  readonly responses: Record<string, { readonly $ref?: string; readonly content?: Record<string, object> }>;
}

const text = readFileSync('docs/openapi.yaml', 'utf8');
const document = parse(text) as { paths: Record<string, Record<string, Operation>> };
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', (date: string) => new Date(date).toISOString() === date);
ajv.addFormat('uri', (url: string) => parseUrl(url) !== null);
ajv.addSchema({ ...document, $id: 'openapi' });

/** A schema by its place in the document, written as a JSON pointer. */
const validator = (...steps: readonly string[]) => {
  const pointer = steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`);
  return ajv.compile({ $ref: `openapi#${pointer.join('')}` });
};

let sandbox: Sandbox;
let game: Server;
const received: { contentType: string; body: string }[] = [];
const seen = new Set<string>();

beforeAll(async () => {
  game = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ contentType: request.headers['content-type'] ?? '', body });
      response.end('credited');
    });
  });
  await new Promise<void>((resolve) => game.listen(0, '127.0.0.1', resolve));
  const callbackUrl = `http://127.0.0.1:${(game.address() as AddressInfo).port}/kiip/callback`;
  sandbox = await sandboxWith({ appKey: 'the-key', callbackUrl, maxBodyBytes: 20_000 });
});
afterAll(async () => {
  await closeAll();
  game.close();
});

/** Sends a request, and holds it and its answer against the document. */
async function check(
  method: 'get' | 'post',
  address: string,
  expected: number,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const path = address.replace(/\?.*/, '');
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${method} ${path} is not documented`);
  const answer = await fetch(sandbox.url + address, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect({ address, status: answer.status }).toEqual({ address, status: expected });
  seen.add(`${operation.operationId} ${expected}`);

  const place = ['paths', path, method];
  if (operation.requestBody !== undefined && body !== undefined && expected !== 413 && expected !== 403) {
    const fits = validator(...place, 'requestBody', 'content', 'application/json', 'schema');
    // What only the sandbox can know (keys, ids of rewards) the document cannot refuse.
    if (expected === 200 || expected === 204)
      expect({ address, fits: fits(body), errors: fits.errors }).toMatchObject({ fits: true });
  }
  const response = operation.responses[String(expected)];
  if (response === undefined) throw new Error(`${method} ${path} does not document ${expected}`);
  if (expected === 204) return undefined;
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const at =
    response.$ref === undefined ? [...place, 'responses', String(expected)] : response.$ref.slice(2).split('/');
  const fits = validator(...at, 'content', type, 'schema');
  const value: unknown = type === 'application/json' ? await answer.json() : await answer.text();
  expect({ address, fits: fits(value), errors: fits.errors }).toMatchObject({ address, fits: true });
  return value;
}

const APP = { app: { app_key: 'the-key', version: '1', dns_compliance: true } };
const ping = { kmnrId: 'impression-1', kmnrKey: 'k', sub1: 'a', sub10: 'b' };
const FOREIGN = { origin: 'https://evil.example' };

test('the document is a valid OpenAPI document', () => {
  // The validator is an ES module, which jest cannot load.
  const program = 'node_modules/@seriousme/openapi-schema-validator/bin/validate-api-cli.js';
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'docs/openapi.yaml'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
});

test('every operation answers as documented, with every status that is documented', async () => {
  await check('post', MOMENT_PATH, 200, session(APP));
  const consent = { user_consent_info: { user_compliance: true, state: 'CA' } };
  await check(
    'post',
    MOMENT_PATH,
    200,
    moment({ ...APP, ...consent, close_button: '0', email_address: 'a@b.example' }),
  );
  const rewardId = sandbox.rewards[0]?.id;
  await check('post', MOMENT_PATH, 200, moment({ ...APP, test: false, location: { lat: 48.2, lng: 16.37 } }));
  await check('post', MOMENT_PATH, 400, moment({ ...APP, test: 'yes' }));
  await check('post', MOMENT_PATH, 401, moment());
  await check('post', MOMENT_PATH, 413, moment({ ...APP, bundle_id: 'x'.repeat(30_000) }));
  const info = { device_id: 'd', user_compliance: false, user_id: 'u', state: 'CA' };
  await check('post', '/ccpaconsent/', 200, { app: { app_key: 'the-key' }, user_consent_info: [info] });
  await check('post', '/ccpaconsent/', 400, { app: { app_key: 'the-key' }, user_consent_info: [] });
  await check('post', '/ccpaconsent/', 401, { app: { app_key: 'x' }, user_consent_info: [info] });

  await check('post', '/_sandbox/answer-not-yet', 200, { times: 1 });
  await check('post', '/v2/ping', 204, ping);
  await check('post', '/v2/ping', 200, ping);
  await check('post', '/v2/ping', 400, { kmnrId: 'x' });
  await check('post', '/v1/pingtest', 200, ping);
  await check('post', '/v1/pingtest', 400, {});
  await check('get', '/v1/script.js', 200);
  await check('post', '/_sandbox/answer-verdict', 200, { fraud: 1, block: 0 });
  const record = { kmnrId: 'impression-1', kmnrKey: 'k', cnvId: 'c1' };
  expect(await check('post', '/v1/collect', 200, record)).toEqual({ fraud: 1, block: 0 });
  await check('post', '/v1/collect', 400, { kmnrId: 'x' });
  await check('post', '/v1/collect', 413, { ...record, page: 'x'.repeat(9_000) });
  await check('get', `/v1/conversion?kmnrKey=k&cnvId=c1&status=l2&payout=1.5&currency=USD&sub3=${rewardId}`, 200);
  await check('get', '/v1/conversion?kmnrKey=k&cnvId=c1&status=paid', 400);

  const redeemed = await check('post', '/_sandbox/redeem', 200, { rewardId, quantity: '20.0', name: 'Gems' });
  await check('post', '/_sandbox/issue', 200, { rewardId, format: 'form', origin: 'offer' });
  await check('post', '/_sandbox/replay', 200, { id: (redeemed as { id: number }).id });
  await check('post', '/_sandbox/replay', 404, { id: 99 });
  for (const name of ['redeem', 'issue']) await check('post', `/_sandbox/${name}`, 400, { rewardId: 'none' });
  await check('post', '/_sandbox/replay', 400, []);
  await check('post', '/_sandbox/answer-not-yet', 400, { times: -1 });
  await check('post', '/_sandbox/answer-verdict', 400, { fraud: 2, block: 0 });
  await check('post', '/_sandbox/advance', 200, { ms: 300_000 });
  await check('post', '/_sandbox/advance', 400, { ms: -1 });
  await check('post', '/_sandbox/fail', 200, { fault: { kind: 'status', status: 503, retryAfter: '1' } });
  await check('post', '/_sandbox/fail', 400, { fault: { kind: 'explode' } });

  for (const name of ['info', 'requests', 'rewards', 'deliveries', 'kaminari']) {
    await check('get', `/_sandbox/${name}`, 200);
    await check('get', `/_sandbox/${name}`, 403, undefined, FOREIGN);
  }
  const compliance = '/_sandbox/compliance?userId=u&deviceId=d';
  expect(await check('get', compliance, 200)).toMatchObject({ optedOut: false, state: 'CA' });
  expect(await check('get', '/_sandbox/compliance?userId=u&deviceId=other', 200)).toBeNull();
  await check('get', '/_sandbox/compliance?userId=u&device_id=d', 400);
  await check('get', compliance, 403, undefined, FOREIGN);
  await check('post', '/_sandbox/reset', 200);
  await check('post', '/_sandbox/reset', 400, { seed: 1 });
  for (const name of ['reset', 'fail', 'redeem', 'issue', 'replay', 'answer-not-yet', 'answer-verdict', 'advance'])
    await check('post', `/_sandbox/${name}`, 403, {}, FOREIGN);

  const documented = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    ),
  );
  expect([...seen].sort()).toEqual(documented.sort());
});

test('what the game got is what the callbacks document, numbers as they were given', () => {
  const schemas = ['components', 'schemas'];
  const [redemption, issuance, replay] = received;
  const isRedemption = validator(...schemas, 'RedemptionCallback');
  expect(redemption?.body).toContain('"quantity":20.0,');
  expect([isRedemption(JSON.parse(redemption?.body ?? '')), isRedemption.errors]).toEqual([true, null]);
  expect(replay).toEqual(redemption);
  const isIssuance = validator(...schemas, 'IssuanceCallback');
  expect(issuance?.contentType).toBe('application/x-www-form-urlencoded');
  expect([isIssuance(Object.fromEntries(new URLSearchParams(issuance?.body))), isIssuance.errors]).toEqual([
    true,
    null,
  ]);
});
