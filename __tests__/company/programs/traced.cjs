// Run with a tool preloaded, which left `tool.trace` behind: it calls us inside a span of its own and says what it saw.
const { KiipClient } = require('kiip-s2s');
const { KaminariClient } = require('kiip-s2s/kaminari');
const { makeCalls, report } = require('./calls.cjs');

const url = process.argv[2];
globalThis.tool.trace(() => makeCalls({ KiipClient, KaminariClient, url })).then(report);
