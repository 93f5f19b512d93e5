// The process's global dispatcher belongs to the app: it is the same after the calls, and carried none of them.
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { KiipClient } from 'kiip-s2s';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { makeCalls, report } from './calls.cjs';

let dispatched = 0;
class CountingAgent extends Agent {
  dispatch(...args) {
    dispatched += 1;
    return super.dispatch(...args);
  }
}

const dispatcher = new CountingAgent();
setGlobalDispatcher(dispatcher);
const calls = await makeCalls({ KiipClient, KaminariClient, url: process.argv[2] });
report({ calls, kept: getGlobalDispatcher() === dispatcher, dispatched });
