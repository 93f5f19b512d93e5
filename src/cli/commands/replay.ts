import { parseUrl } from '../../check/base-url.js';
import { KiipConfigError } from '../../errors/index.js';
import type { Delivery } from '../../sandbox/index.js';
import type { AddCommand } from '../command.js';
import { fromEnvironment } from '../environment.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { printable } from '../terminal.js';

interface ReplayFlags {
  readonly to: string;
  readonly state?: string;
  readonly sandbox?: string;
  readonly allowInsecure?: boolean;
}

const HELP = `
The delivery comes from a running sandbox (--sandbox, or KIIP_BASE_URL), or from the file of its option --state.
The same bytes are sent, signature included, so the endpoint must know the secret that signed them.`;

export const addReplay: AddCommand = (program, run) => {
  program
    .command('replay')
    .argument('<id>', 'number of the delivery, as the sandbox prints it')
    .summary('send a recorded callback to another endpoint, byte for byte')
    .description(
      'Posts a callback that a sandbox recorded to an endpoint, such as a deployed one, and prints its answer.',
    )
    .requiredOption('--to <url>', 'where to post the callback: https:, or http: to this machine')
    .option('--sandbox <url>', 'the sandbox that recorded it (default: KIIP_BASE_URL)')
    .option('--state <file>', 'the state file of the sandbox that recorded it')
    .option('--allow-insecure', 'allow http: to any host in --to')
    .addHelpText('after', HELP)
    .action((id: string, flags: ReplayFlags) => run((out) => runReplay(out, id, flags)));
};

async function runReplay(out: Output, id: string, flags: ReplayFlags): Promise<ExitCode> {
  const { findCallbackUrlProblem } = await import('../../sandbox/resolve-options.js');
  const problem = findCallbackUrlProblem(flags.to, flags);
  if (problem !== null)
    throw new KiipConfigError(
      `Nothing was sent: --to ${problem.replace(/; set .*/, '; add --allow-insecure to send it anyway')}.`,
    );
  const delivery = (await readDeliveries(flags)).find((one) => String(one.id) === id);
  if (delivery === undefined)
    throw new KiipConfigError(
      `Nothing was sent: there is no delivery ${printable(id)}. Use a number that the sandbox printed.`,
    );
  const { deliver } = await import('../../sandbox/callbacks/deliver.js');
  out.progress(`… posting to ${flags.to}`);
  const outcome = await deliver(new URL(flags.to), delivery, new AbortController().signal);
  const { delivered, status, attempts, answer } = outcome;
  out.data({ ok: delivered, id: delivery.id, type: delivery.type, delivered, status, attempts, answer });
  const times = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const verdict = delivered ? out.paint.green('delivered') : out.paint.red('NOT delivered');
  out.line(`${delivery.type} ${delivery.id} ${verdict}: ${status ?? answer}, ${times}`);
  if (status !== null && answer !== '') out.line(`answer: ${printable(answer)}`);
  return delivered ? 0 : 1;
}

type Recorded = Pick<Delivery, 'id' | 'type' | 'contentType' | 'body'>;

async function readDeliveries({ state, sandbox }: ReplayFlags): Promise<readonly Recorded[]> {
  if (state !== undefined) return readStateFile(state);
  const text = sandbox ?? fromEnvironment('KIIP_BASE_URL');
  const url = text === undefined ? null : parseUrl(text);
  if (text === undefined || url === null)
    throw new KiipConfigError('Say where the delivery was recorded: --sandbox <url>, KIIP_BASE_URL or --state <file>.');
  const deliveries = await fetchDeliveries(new URL('/_sandbox/deliveries', url)).catch(() => null);
  if (deliveries === null)
    throw new KiipConfigError(`No sandbox answers at ${printable(text)}: start it, or name its file with --state.`);
  return deliveries;
}

/** Fetches the deliveries of a sandbox. Returns `null`, or rejects, when another server answers. */
async function fetchDeliveries(url: URL): Promise<readonly Recorded[] | null> {
  const answer = await fetch(url);
  const deliveries: unknown = answer.ok ? await answer.json() : null;
  return Array.isArray(deliveries) ? (deliveries as Recorded[]) : null;
}

async function readStateFile(path: string): Promise<readonly Recorded[]> {
  const [{ readLine }, { readFile }] = await Promise.all([
    import('../../sandbox/state-file/entries.js'),
    import('node:fs/promises'),
  ]);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new KiipConfigError(`The state file ${printable(path)} cannot be read: check the path.`);
  });
  const entries = text.split('\n').map(readLine);
  return entries.flatMap((entry) => (entry?.kind === 'delivery' ? [entry.delivery] : []));
}
