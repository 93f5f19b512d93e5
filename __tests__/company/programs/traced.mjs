// As traced.cjs, in ES modules.
import { KiipClient } from 'kiip-s2s';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { makeCalls, report } from './calls.cjs';

const url = process.argv[2];
report(await globalThis.tool.trace(() => makeCalls({ KiipClient, KaminariClient, url })));
