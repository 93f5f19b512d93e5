import { Option } from 'commander';
import type { AddCommand } from '../command.js';
import type { SmokeOptions } from '../smoke/run.js';

const HELP = `
Without KIIP_APP_KEY it runs against a sandbox inside this process, or the one that an http: KIIP_BASE_URL names; with it, against the platform,
in test mode. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are obeyed.
Environment: KIIP_APP_KEY, KIIP_APP_VERSION, KIIP_MOMENT_ID, KIIP_BASE_URL.`;

export const addSmoke: AddCommand = (program, run) => {
  program
    .command('smoke')
    .summary('check the whole way: session, test moment, reward, callback')
    .description(
      'Starts a session, asks for a test reward, fetches its page, has it redeemed (sandbox only) and ends the session; says what works.',
    )
    .option('--context <file>', "the player's context as JSON, - for stdin (default: a sample player)")
    .addOption(
      new Option('--platform <dialect>', 'the dialect to speak')
        .choices(['ninthdecimal', 'kiip'])
        .default('ninthdecimal'),
    )
    .option('--dns-compliance', 'send app.dns_compliance: true (ninthdecimal)')
    .option('--from-us', 'simulate a place in the US, as the documents recommend for tests from elsewhere')
    .option('--allow-insecure', 'lets KIIP_BASE_URL be http: to any host, such as a sandbox in a container')
    .option('--open', 'leave the sandbox running and print where to look')
    .addHelpText('after', HELP)
    .action((options: SmokeOptions) =>
      run(async (out) => {
        const { runSmoke } = await import('../smoke/run.js');
        return runSmoke(out, options);
      }),
    );
};
