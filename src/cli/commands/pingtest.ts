import type { KaminariClient } from '../../kaminari/index.js';
import type { AddCommand } from '../command.js';
import { fromEnvironment, KAMINARI_ORIGINS, KAMINARI_URL, readSandboxUrl } from '../environment.js';
import type { ExitCode } from '../exit-code.js';
import { tellFailure } from '../failure.js';
import type { Output } from '../output.js';
import { printable } from '../terminal.js';
import { createCommandTransport } from '../transport.js';

const HELP = `
With KAMINARI_KEY it asks Kaminari. Without it, it asks the sandbox that an http: KAMINARI_BASE_URL names, or else one inside this process.
Environment: KAMINARI_KEY, KAMINARI_BASE_URL.`;

export const addPingtest: AddCommand = (program, run) => {
  program
    .command('pingtest')
    .summary("ask Kaminari's ping test about a sample visitor")
    .description("Sends a sample visitor's ping to Kaminari's test and prints the answer.")
    .option('--allow-insecure', 'allow http: to any host in KAMINARI_BASE_URL, such as a sandbox in a container')
    .addHelpText('after', HELP)
    .action((options: PingtestOptions) => run((out) => runPingtest(out, options)));
};

interface PingtestOptions {
  readonly allowInsecure?: boolean;
}

/** A sandbox accepts every key. */
const SANDBOX_KEY = 'sandbox-key';

interface Place {
  readonly target: 'sandbox' | 'kaminari';
  readonly kmnrKey: string;
  readonly baseUrl: string;
  /** Whether it is a sandbox inside this process. */
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

async function openPlace(): Promise<Place> {
  const kmnrKey = fromEnvironment('KAMINARI_KEY');
  if (kmnrKey !== undefined) {
    return {
      target: 'kaminari',
      kmnrKey,
      baseUrl: fromEnvironment('KAMINARI_BASE_URL') ?? KAMINARI_URL,
      isEmbedded: false,
      close: async () => {},
    };
  }
  const running = readSandboxUrl('KAMINARI_BASE_URL');
  if (running !== undefined)
    return { target: 'sandbox', kmnrKey: SANDBOX_KEY, baseUrl: running, isEmbedded: false, close: async () => {} };
  const { startSandbox } = await import('../../sandbox/index.js');
  const sandbox = await startSandbox();
  return {
    target: 'sandbox',
    kmnrKey: SANDBOX_KEY,
    baseUrl: sandbox.url,
    isEmbedded: true,
    close: () => sandbox.close(),
  };
}

async function runPingtest(out: Output, options: PingtestOptions): Promise<ExitCode> {
  const place = await openPlace();
  try {
    // Create the client first: it refuses an address that holds a password, before anything prints it.
    const client = await createClient(place, options);
    return await runTest(out, place, client).finally(() => client.close());
  } catch (error) {
    return tellFailure(out, error, { target: place.target }, KAMINARI_ORIGINS);
  } finally {
    await place.close();
  }
}

async function runTest(out: Output, place: Place, client: KaminariClient): Promise<ExitCode> {
  const { target, baseUrl, isEmbedded } = place;
  try {
    if (isEmbedded && fromEnvironment('KAMINARI_BASE_URL') !== undefined) {
      out.note('KAMINARI_BASE_URL is ignored, because KAMINARI_KEY is not set.');
    }
    out.progress(`… asking ${baseUrl}`);
    const { createImpressionId } = await import('../../kaminari/index.js');
    const { SAMPLE_VISITOR } = await import('../sample-visitor.js');
    const { ok, advice } = await client.test({ kmnrId: createImpressionId(), visitor: SAMPLE_VISITOR });
    out.data({ ok, target, baseUrl, advice });
    const where = isEmbedded ? `the embedded sandbox, ${baseUrl} (KAMINARI_KEY is not set)` : baseUrl;
    const verdict = ok
      ? out.paint.green('PASS: nothing mandatory is missing')
      : out.paint.red('FAIL: a mandatory header or field is missing');
    out.line(`${verdict}, says ${printable(where)}`);
    for (const [header, text] of Object.entries(advice))
      out.line(`  ${out.paint.yellow('!')} ${printable(`${header}: ${text}`)}`);
    if (Object.keys(advice).length === 0) out.line('There is no advice.');
    return ok ? 0 : 1;
  } catch (error) {
    return tellFailure(out, error, { target, baseUrl, advice: {} }, KAMINARI_ORIGINS);
  }
}

async function createClient(
  { kmnrKey, baseUrl, isEmbedded }: Place,
  { allowInsecure }: PingtestOptions,
): Promise<KaminariClient> {
  const { KaminariClient } = await import('../../kaminari/index.js');
  return new KaminariClient({ kmnrKey, baseUrl, allowInsecure, transport: createCommandTransport({ isEmbedded }) });
}
