import type { AddCommand } from '../command.js';
import type { SmokeOptions } from '../smoke/run.js';

const HELP = `
Without KIIP_APP_KEY it runs against a sandbox inside this process; with it, against the platform, in test mode.
Environment: KIIP_APP_KEY, KIIP_APP_VERSION, KIIP_MOMENT_ID, KIIP_BASE_URL.`;

export const addSmoke: AddCommand = (program, run) => {
  program
    .command('smoke')
    .summary('check the whole way: session, test moment, reward, callback')
    .description(
      'Starts a session, asks for a test reward, fetches its page, has it redeemed (sandbox only) and ends the session; says what works.',
    )
    .option('--context <file>', "the player's context as JSON, - for stdin (default: a sample player)")
    .option('--open', 'leave the sandbox running and print where to look')
    .addHelpText('after', HELP)
    .action((options: SmokeOptions) =>
      run(async (out) => {
        const { runSmoke } = await import('../smoke/run.js');
        return runSmoke(out, options);
      }),
    );
};
