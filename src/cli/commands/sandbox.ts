import type { SandboxOptions } from '../../sandbox/index.js';
import { quoteForShell } from '../../sandbox/quote-for-shell.js';
import { KiipConfigError } from '../../errors/index.js';
import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { collect } from '../repeatable.js';
import { tellEvent } from '../sandbox-events.js';
import { readSecrets } from '../secrets.js';
import { Stop } from '../stop.js';

interface SandboxFlags {
  readonly port?: string;
  readonly host?: string;
  readonly allowedHost: readonly string[];
  readonly publicUrl?: string;
  readonly callbackUrl?: string;
  readonly allowInsecureCallback?: boolean;
  readonly fillRate?: string;
  readonly seed?: string;
  readonly rewardName?: string;
  readonly nativeUrl?: string;
  readonly state?: string;
  readonly appKey?: string;
  readonly appSecret?: string;
  readonly secretFile?: string;
}

const HELP = `
Use --app-key and --app-secret for test values only: every user of the machine can see an argument. Keep a real secret in a file.`;

export const addSandbox: AddCommand = (program, run) => {
  program
    .command('sandbox')
    .summary('run a server that behaves like the platform and like Kaminari')
    .description(
      'Runs a sandbox until Ctrl-C and prints what reaches it. It makes up its key and secret, so you need no account.',
    )
    .option('--port <number>', 'port to listen on (default: any free one)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option(
      '--allowed-host <name>',
      'a host name by which others reach it, such as a container’s; repeatable',
      collect,
      [],
    )
    .option('--public-url <url>', 'what every body_url begins with (default: the host of the request)')
    .option('--callback-url <url>', 'where redemptions and issuances are posted: https:, or http: to this machine')
    .option('--allow-insecure-callback', 'allow http: to any host in --callback-url')
    .option('--fill-rate <share>', 'share of live moments that get a reward, 0 to 1 (default: 1)')
    .option('--seed <integer>', 'the same seed fills the same live moments (default: 1)')
    .option('--reward-name <text>', 'the name of every reward (default: what it pays)')
    .option('--native-url <url>', 'where reward pages send the player after a redemption')
    .option('--state <file>', 'keep rewards, deliveries, consent and the secret in this file across restarts')
    .option('--app-key <key>', 'refuse every other app key (default: accept all)')
    .option('--app-secret <text>', 'sign callbacks with this test secret (default: a new one, which --state keeps)')
    .option('--secret-file <file>', 'sign callbacks with the secret in this file')
    .addHelpText('after', HELP)
    .action((flags: SandboxFlags) => run((out) => runSandbox(out, flags)));
};

/**
 * Reads a number. Any other text, even an empty one, becomes `NaN`, which the sandbox then reports with all other
 * problems.
 */
const toNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : text.trim() === '' ? NaN : Number(text);

const toOptions = (flags: SandboxFlags, appSecret: string | undefined): SandboxOptions => ({
  port: toNumber(flags.port),
  host: flags.host,
  allowedHosts: flags.allowedHost,
  publicUrl: flags.publicUrl,
  callbackUrl: flags.callbackUrl,
  allowInsecureCallback: flags.allowInsecureCallback,
  fillRate: toNumber(flags.fillRate),
  seed: toNumber(flags.seed),
  rewardName: flags.rewardName,
  nativeUrl: flags.nativeUrl,
  stateFile: flags.state,
  appKey: flags.appKey,
  appSecret,
});

async function runSandbox(out: Output, flags: SandboxFlags): Promise<ExitCode> {
  if (flags.appSecret !== undefined && flags.secretFile !== undefined)
    throw new KiipConfigError(
      'Nothing was started: give the secret with --app-secret or with --secret-file, not both.',
    );
  const { startSandbox } = await import('../../sandbox/index.js');
  const given = flags.secretFile === undefined ? null : await readSecrets([flags.secretFile]);
  const stop = new Stop();
  try {
    const sandbox = await startSandbox(toOptions(flags, flags.appSecret ?? given?.values[0]));
    const { url, appKey, appSecret } = sandbox;
    // Do not print a secret from a file; print a generated one, because the game needs to know it.
    const secret = given === null ? { appSecret } : { appSecretFrom: given.source };
    out.data({ event: 'started', url, inspector: `${url}/`, appKey, ...secret });
    out.line(`${out.paint.bold('kiip-s2s sandbox')} at ${url}, until Ctrl-C`);
    out.line();
    out.line(`KIIP_BASE_URL=${url}`);
    out.line(`KIIP_APP_KEY=${quoteForShell(appKey)}`);
    out.line(
      given === null
        ? `KIIP_APP_SECRET=${quoteForShell(appSecret)}`
        : out.paint.dim(`KIIP_APP_SECRET is in ${given.source}`),
    );
    out.line(`KAMINARI_BASE_URL=${url}`);
    out.line(out.paint.dim(`Inspector: ${url}/`));
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
