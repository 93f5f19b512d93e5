// As instrumented.cjs, in ES modules.
import { KiipClient } from 'kiip-s2s';
import { createCallbackReceiver, memoryLedger, signCallback } from 'kiip-s2s/callbacks';
import { callbackHandler } from 'kiip-s2s/express';
import { callbackPlugin } from 'kiip-s2s/fastify';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { callbackMiddleware } from 'kiip-s2s/koa';
import { callbackListener } from 'kiip-s2s/node';
import { instrument } from 'kiip-s2s/opentelemetry';
import { callOut, takeCallbacks } from './both-ways.cjs';
import { report } from './calls.cjs';

const build = {
  ...{ instrument, KiipClient, KaminariClient, createCallbackReceiver, memoryLedger, signCallback },
  ...{ callbackHandler, callbackPlugin, callbackMiddleware, callbackListener },
};

instrument();
const url = process.argv[2];
const traced = await globalThis.tool.trace(async () => {
  await callOut(build, url);
  return takeCallbacks(build, url);
});
report({ ...traced, metrics: await globalThis.tool.collect() });
