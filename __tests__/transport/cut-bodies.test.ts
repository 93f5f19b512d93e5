import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { KiipClient, KiipResponseError } from 'kiip-s2s';
import { http, startSocketServer } from '../support/socket-server.js';
import { APP, CONTEXT, REWARD_JSON } from '../support/context.js';

const CODINGS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
] as const;

async function ask(coding: string, body: Buffer) {
  const server = await startSocketServer((socket) => {
    const head = http('200 OK', '', { 'content-encoding': coding, 'content-length': String(body.length) });
    socket.write(Buffer.concat([Buffer.from(head), body]));
  });
  const client = new KiipClient({ ...APP, baseUrl: server.url });
  const answer: unknown = await client.moment('m', CONTEXT).catch((error: unknown) => error);
  await client.close();
  await server.close();
  expect(server.requests).toHaveLength(1);
  return answer;
}

test.each(CODINGS)('a compressed reward that was cut is never "no reward": %s', async (coding, compress) => {
  const whole = compress(REWARD_JSON);
  for (const length of [1, 2, 5, 12, 40, whole.length >> 1])
    expect(await ask(coding, whole.subarray(0, length))).toBeInstanceOf(KiipResponseError);
});

test.each(CODINGS)('a compressed empty body is "no reward": %s', async (coding, compress) => {
  expect(await ask(coding, compress(''))).toMatchObject({ rewarded: false, reason: 'no_reward' });
});
