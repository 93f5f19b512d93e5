import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { printable } from '../terminal.js';

export const addDismiss: AddCommand = (program, run) => {
  program
    .command('dismiss')
    .argument('<url>', 'the address that the reward page went to, such as kiip://did_dismiss?close=true (quote it)')
    .summary('read how a reward ended')
    .description(
      'Reads the address with which a reward page ends: redeemed or closed, and where to send the player next.',
    )
    .action((url: string) => run((out) => runDismiss(out, url)));
};

async function runDismiss(out: Output, url: string): Promise<ExitCode> {
  const { isKiipUrl, parseDismissUrl } = await import('../../webview/index.js');
  const result = parseDismissUrl(url);
  if (result === null) {
    const kiip = isKiipUrl(url);
    const message = kiip
      ? 'This is a kiip: address, but not kiip://did_dismiss: intercept it and leave the reward open.'
      : 'This is not kiip://did_dismiss: let the web view load it like any other page.';
    out.data({ ok: false, isKiipUrl: kiip, error: { code: 'not_a_dismissal', message } });
    out.failure(message);
    return 1;
  }
  const { redeemed, nativeUrl, droppedNativeUrl } = result;
  out.data({ ok: true, isKiipUrl: true, redeemed, nativeUrl, droppedNativeUrl });
  out.line(redeemed ? `${out.paint.green('redeemed')}` : `${out.paint.yellow('closed')} without redeeming`);
  if (nativeUrl !== null) out.line(`next: ${printable(nativeUrl)} (in a new view that the player can close)`);
  if (droppedNativeUrl) out.line('its native_url was dropped: open only http: and https: addresses');
  return 0;
}
