import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import type { RunCommand } from './command.js';
import { addDismiss } from './commands/dismiss.js';
import { addLedger } from './commands/ledger.js';
import { addPayload } from './commands/payload.js';
import { addPingtest } from './commands/pingtest.js';
import { addReplay } from './commands/replay.js';
import { addSandbox } from './commands/sandbox.js';
import { addSign } from './commands/sign.js';
import { addSmoke } from './commands/smoke.js';
import { addVerify } from './commands/verify.js';
import type { ExitCode } from './exit-code.js';
import { tellFailure } from './failure.js';
import { Output } from './output.js';
import { showWarnings } from './warnings.js';

const COMMANDS = [addSmoke, addSandbox, addReplay, addPayload, addSign, addVerify, addLedger, addDismiss, addPingtest];

const HELP = `
Exit codes: 0 success, 1 a check failed, 2 wrong usage.
Secrets come from the environment or a file, never from an argument. NO_COLOR turns colours off.`;

/** Runs the command line. Never rejects: failures are printed and set the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  // Needed before the arguments are parsed, to report wrong arguments in the right format.
  const out = new Output({ json: args.includes('--json') });
  showWarnings(out);
  let code: ExitCode = 0;
  const run: RunCommand = async (work) => {
    code = await work(out);
  };
  try {
    await createProgram(out, run).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tellFailure(out, error);
    if (error.exitCode === 0) return 0;
    const message =
      error.code === 'commander.help' ? 'no command was given: kiip-s2s --help lists them' : error.message;
    out.data({ ok: false, error: { code: 'usage', message: hideValues(message.replace(/^error: /, '')) } });
    return 2;
  }
}

/** Hides what follows an unknown option's `=`, which may be a secret, and says where secrets belong. */
function hideValues(message: string): string {
  const hidden = message.replace(/(unknown option '--?[^'=]*)=.*'/s, "$1=…'");
  return /unknown option '--?[\w-]*(?:secret|key)/i.test(hidden)
    ? `${hidden.trimEnd()}\nSecrets come from the environment or a file, never from an argument.\n`
    : hidden;
}

function createProgram(out: Output, run: RunCommand): Command {
  const program = new Command('kiip-s2s')
    .description(
      'Tools for the Kiip / NinthDecimal reward platform and Kaminari: check an integration, run a sandbox, sign and verify callbacks.',
    )
    .version(VERSION)
    .option('--json', 'print JSON for programs')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => out.raw('stdout', text),
      writeErr: (text) => (out.json ? undefined : out.raw('stderr', text)),
      outputError: (text, write) => write(hideValues(text)),
    })
    .showHelpAfterError('(add --help to see the usage)')
    .exitOverride()
    .addHelpText('after', HELP);
  for (const add of COMMANDS) add(program, run);
  return program;
}
