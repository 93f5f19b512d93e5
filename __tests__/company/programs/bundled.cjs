// As bundled.mjs, in CommonJS.
const { KiipClient, KiipTimeoutError } = require('kiip-s2s');
const { KaminariClient } = require('kiip-s2s/kaminari');
const { createCallbackReceiver, memoryLedger, signCallback } = require('kiip-s2s/callbacks');
const { run } = require('./bundled-run.cjs');

const library = { KiipClient, KiipTimeoutError, KaminariClient, createCallbackReceiver, memoryLedger, signCallback };
void run(library, process.argv[2]);
