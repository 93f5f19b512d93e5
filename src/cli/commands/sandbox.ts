import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { tellEvent } from '../sandbox-events.js';
import { readSecrets } from '../secrets.js';
import { Stop } from '../stop.js';

interface SandboxFlags {
  readonly port?: string;
  readonly host?: string;
  readonly callbackUrl?: string;
  readonly fillRate?: string;
  readonly seed?: string;
  readonly secretFile?: string;
}

export const addSandbox: AddCommand = (program, run) => {
  program
    .command('sandbox')
    .summary('a server that behaves like the platform and like Kaminari')
    .description(
      'Runs a sandbox until Ctrl-C and prints what reaches it. Its key and secret are made up; no account is needed.',
    )
    .option('--port <number>', 'port to listen on (default: any free one)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--callback-url <url>', 'where redemptions and issuances are posted: https:, or http: to this machine')
    .option('--fill-rate <share>', 'share of live moments that get a reward, 0 to 1 (default: 1)')
    .option('--seed <integer>', 'the same seed fills the same live moments (default: 1)')
    .option('--secret-file <file>', 'sign callbacks with the secret in this file (default: a new one each time)')
    .action((flags: SandboxFlags) => run((out) => runSandbox(out, flags)));
};

/** `NaN` for what is no number, the empty text included: the sandbox's own check then tells it together with all others. */
const toNumber = (text: string): number => (text.trim() === '' ? NaN : Number(text));

async function runSandbox(
  out: Output,
  { port, host, callbackUrl, fillRate, seed, secretFile }: SandboxFlags,
): Promise<ExitCode> {
  const { startSandbox } = await import('../../sandbox/index.js');
  const given = secretFile === undefined ? null : await readSecrets([secretFile]);
  const [appSecret] = given?.values ?? [];
  const stop = new Stop();
  try {
    const sandbox = await startSandbox({
      ...(port !== undefined && { port: toNumber(port) }),
      ...(host !== undefined && { host }),
      ...(callbackUrl !== undefined && { callbackUrl }),
      ...(fillRate !== undefined && { fillRate: toNumber(fillRate) }),
      ...(seed !== undefined && { seed: toNumber(seed) }),
      ...(appSecret !== undefined && { appSecret }),
    });
    // A secret out of a file is the user's own and stays there; the sandbox's made-up one has to be known to the game.
    const secret = given === null ? { appSecret: sandbox.appSecret } : { appSecretFrom: given.source };
    out.data({ event: 'started', url: sandbox.url, inspector: `${sandbox.url}/`, appKey: sandbox.appKey, ...secret });
    out.line(`${out.paint.bold('kiip-s2s sandbox')} at ${sandbox.url}, until Ctrl-C`);
    out.line();
    out.line(`KIIP_BASE_URL=${sandbox.url}`);
    out.line(`KIIP_APP_KEY=${sandbox.appKey}`);
    out.line(
      given === null ? `KIIP_APP_SECRET=${sandbox.appSecret}` : out.paint.dim(`KIIP_APP_SECRET is in ${given.source}`),
    );
    out.line(`KAMINARI_BASE_URL=${sandbox.url}`);
    out.line(out.paint.dim(`Inspector: ${sandbox.url}/`));
    out.line();
    const unsubscribe = sandbox.subscribe((event) => tellEvent(out, event));
    await stop.wait(out);
    unsubscribe();
    await sandbox.close();
    out.data({ event: 'stopped' });
    return 0;
  } finally {
    stop.release();
  }
}
