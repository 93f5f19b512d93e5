import type { Command } from 'commander';
import type { AddCommand } from '../command.js';
import { readContext } from '../context.js';
import { curlCommand, KEY_REFERENCE } from '../curl.js';
import { DEFAULT_APP_VERSION, fromEnvironment, PLATFORM_URL } from '../environment.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { KiipConfigError } from '../../errors/index.js';
import type { Platform } from '../../request/context.js';

interface PayloadFlags {
  readonly context?: string;
  readonly curl?: boolean;
  readonly live?: boolean;
  readonly platform?: string;
  readonly withKey?: boolean;
}

const KINDS = ['session-start', 'session-end', 'moment'] as const;
type Kind = (typeof KINDS)[number];

const HELP = `
The app key is a secret: it is printed as ${KEY_REFERENCE}, which the shell fills in when the curl command runs.
Environment: KIIP_APP_KEY, KIIP_APP_VERSION, KIIP_MOMENT_ID, KIIP_BASE_URL.`;

export const addPayload: AddCommand = (program, run) => {
  program
    .command('payload')
    .argument('<kind>', KINDS.join(', '))
    .argument('[momentId]', 'id of the moment (default: KIIP_MOMENT_ID)')
    .summary('print what a session or a moment sends')
    .description('Checks a context and prints the JSON that goes over the wire, or a curl command that sends it.')
    .option('--context <file>', "the player's context as JSON, - for stdin (default: a sample player)")
    .option('--curl', 'print a curl command instead of the JSON')
    .option('--live', 'send test: false, a live request (default: test: true)')
    .option('--platform <dialect>', 'ninthdecimal or kiip', 'ninthdecimal')
    .option('--with-key', 'put the app key itself into the JSON, to pipe it into another program')
    .addHelpText('after', HELP)
    .action((kind: string, momentId: string | undefined, flags: PayloadFlags, _command: Command) =>
      run((out) => runPayload(out, kind, momentId, flags)),
    );
};

const isKind = (text: string): text is Kind => (KINDS as readonly string[]).includes(text);
const isPlatform = (text: string): text is Platform => text === 'ninthdecimal' || text === 'kiip';

function checkArguments(
  kind: string,
  momentId: string | undefined,
  { platform = '', curl, withKey }: PayloadFlags,
): string[] {
  const problems: string[] = [];
  if (!isKind(kind)) problems.push(`the kind must be one of ${KINDS.join(', ')}`);
  if (!isPlatform(platform)) problems.push('--platform must be ninthdecimal or kiip');
  if (isKind(kind) && kind !== 'moment' && momentId !== undefined) problems.push(`a ${kind} has no moment id`);
  if (kind === 'moment' && (momentId ?? fromEnvironment('KIIP_MOMENT_ID')) === undefined) {
    problems.push('a moment needs its id: kiip-s2s payload moment <momentId>, or set KIIP_MOMENT_ID');
  }
  if (curl === true && withKey === true)
    problems.push('--with-key is for the JSON: the curl command takes the key from the environment');
  if (withKey === true && fromEnvironment('KIIP_APP_KEY') === undefined)
    problems.push('--with-key needs KIIP_APP_KEY to be set');
  return problems;
}

async function runPayload(
  out: Output,
  kind: string,
  givenId: string | undefined,
  flags: PayloadFlags,
): Promise<ExitCode> {
  const problems = checkArguments(kind, givenId, flags);
  if (problems.length > 0) throw new KiipConfigError(`Nothing was built: ${problems.join('; ')}.`);
  const [{ buildMoment, buildSessionEnd, buildSessionStart }, { adviseOn }, { readClientOptions }] = await Promise.all([
    import('../../request/build.js'),
    import('../../request/advise.js'),
    import('../../client/client-options.js'),
  ]);
  const platform: Platform = flags.platform === 'kiip' ? 'kiip' : 'ninthdecimal';
  const context = await readContext<Platform>(flags.context, platform);
  const app = {
    appKey: (flags.withKey === true ? fromEnvironment('KIIP_APP_KEY') : undefined) ?? KEY_REFERENCE,
    appVersion: fromEnvironment('KIIP_APP_VERSION') ?? DEFAULT_APP_VERSION,
    test: flags.live !== true,
    platform,
  };
  const urls = readClientOptions<Platform, Record<never, never>>({
    ...app,
    baseUrl: fromEnvironment('KIIP_BASE_URL') ?? PLATFORM_URL,
  });
  const momentId = givenId ?? fromEnvironment('KIIP_MOMENT_ID') ?? '';
  const payload =
    kind === 'moment'
      ? buildMoment<Platform>(app, momentId, context)
      : (kind === 'session-start' ? buildSessionStart : buildSessionEnd)<Platform>(app, context);
  if (flags.curl === true) {
    const command = curlCommand(kind === 'moment' ? urls.momentUrl : urls.sessionUrl, payload);
    if (out.json) out.data({ ok: true, command });
    else out.result(command);
  } else {
    out.result(JSON.stringify(payload, null, out.json ? 0 : 2));
  }
  for (const { path, message } of adviseOn(payload, { platform })) out.note(`advice: ${path} ${message}`);
  return 0;
}
