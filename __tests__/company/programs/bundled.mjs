// What a bundler is given. The result must run where no node_modules folder is near.
import { KiipClient, KiipTimeoutError } from 'kiip-s2s';
import { KaminariClient } from 'kiip-s2s/kaminari';
import { createCallbackReceiver, memoryLedger, signCallback } from 'kiip-s2s/callbacks';
import bundled from './bundled-run.cjs';

const library = { KiipClient, KiipTimeoutError, KaminariClient, createCallbackReceiver, memoryLedger, signCallback };
void bundled.run(library, process.argv[2]);
