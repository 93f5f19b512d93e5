// `instrument()` beside the instrumentation of `node:http`, which was preloaded. Says which spans and metrics there are.
const { instrument } = require('kiip-s2s/opentelemetry');
const { KiipClient } = require('kiip-s2s');
const { KaminariClient } = require('kiip-s2s/kaminari');
const { createCallbackReceiver, memoryLedger, signCallback } = require('kiip-s2s/callbacks');
const { callbackHandler } = require('kiip-s2s/express');
const { callbackPlugin } = require('kiip-s2s/fastify');
const { callbackMiddleware } = require('kiip-s2s/koa');
const { callbackListener } = require('kiip-s2s/node');
const { callOut, takeCallbacks } = require('./both-ways.cjs');
const { report } = require('./calls.cjs');

const build = {
  ...{ instrument, KiipClient, KaminariClient, createCallbackReceiver, memoryLedger, signCallback },
  ...{ callbackHandler, callbackPlugin, callbackMiddleware, callbackListener },
};

async function main() {
  instrument();
  const url = process.argv[2];
  const traced = await globalThis.tool.trace(async () => {
    await callOut(build, url);
    return takeCallbacks(build, url);
  });
  report({ ...traced, metrics: await globalThis.tool.collect() });
}

void main();
