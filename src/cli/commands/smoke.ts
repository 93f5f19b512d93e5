import { Option } from 'commander';
import type { AddCommand } from '../command.js';
import type { SmokeOptions } from '../smoke/run.js';

const HELP = `
With KIIP_APP_KEY it checks the platform, in test mode. Without it, it checks the sandbox that an http: KIIP_BASE_URL names, or else one inside
this process. It obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
Environment: KIIP_APP_KEY, KIIP_APP_VERSION, KIIP_MOMENT_ID, KIIP_BASE_URL.`;

export const addSmoke: AddCommand = (program, run) => {
  program
    .command('smoke')
    .summary('check the whole way: session, test moment, reward, callback')
    .description(
      'Starts a session, asks for a test reward, fetches its page, has it redeemed (embedded sandbox only), ends the session, and says what works.',
    )
    .option('--context <file>', "the player's context as JSON, - for stdin (default: a sample player)")
    .addOption(
      new Option('--platform <dialect>', 'the dialect to speak')
        .choices(['ninthdecimal', 'kiip'])
        .default('ninthdecimal'),
    )
    .option('--dns-compliance', 'send app.dns_compliance: true (ninthdecimal only)')
    .option('--from-us', 'simulate a place in the US, as the documents recommend for tests from elsewhere')
    .option('--allow-insecure', 'allow http: to any host in KIIP_BASE_URL, such as a sandbox in a container')
    .option('--open', 'leave the embedded sandbox running and print its addresses')
    .addHelpText('after', HELP)
    .action((options: SmokeOptions) =>
      run(async (out) => {
        const { runSmoke } = await import('../smoke/run.js');
        return runSmoke(out, options);
      }),
    );
};
