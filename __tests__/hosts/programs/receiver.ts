import { createCallbackReceiver, memoryLedger, type CallbackReceiver } from 'kiip-s2s/callbacks';

/** What a program writes to its standard output, one line of JSON each. */
export type Line =
  | { readonly kind: 'listening'; readonly host: string; readonly version: string; readonly url: string }
  | { readonly kind: 'credited'; readonly host: string; readonly userId: string; readonly quantity: number }
  | { readonly kind: 'refused'; readonly host: string; readonly code: string; readonly advice: string };

export const say = (line: Line): void => console.log(JSON.stringify(line));

/** A receiver that tells what it credits and refuses. */
export function createReceiver(host: string, tell: (line: Line) => unknown = say): CallbackReceiver {
  return createCallbackReceiver({
    secret: () => process.env['KIIP_APP_SECRET'] ?? '',
    ledger: memoryLedger(),
    onRedemption: async ({ userId, quantity }) => void (await tell({ kind: 'credited', host, userId, quantity })),
    onRefused: ({ code, advice }) => void tell({ kind: 'refused', host, code, advice }),
  });
}
