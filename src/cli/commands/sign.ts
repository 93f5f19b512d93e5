import { Option } from 'commander';
import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import { readInput } from '../input.js';
import type { Output } from '../output.js';
import { readSecrets } from '../secrets.js';
import { KiipConfigError } from '../../errors/index.js';

type Formula = 'documented' | 'legacy';
type BodyFormat = 'json' | 'form';

interface SignFlags extends Readonly<Record<string, unknown>> {
  readonly fields?: string;
  readonly formula: Formula;
  readonly body?: BodyFormat;
  readonly secretFile?: string;
}

const CONTENT_TYPES: Readonly<Record<BodyFormat, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
};

const HELP = `
The fields come from the options, or as a JSON object from stdin or --fields. With a nonce and an origin they make an issuance, else a redemption.
The secret comes from KIIP_APP_SECRET or --secret-file, never from an argument.`;

export const addSign: AddCommand = (program, run) => {
  program
    .command('sign')
    .summary('sign a callback as the platform does')
    .description('Signs a redemption or an issuance and prints the signature, or the whole signed body.')
    .option('--transaction-id <id>', "the reward's id")
    .option('--content <id>', 'id of the currency')
    .option('--name <name>', 'name of the currency (redemptions only)')
    .option('--quantity <number>', 'how much; signed exactly as written, so 20 and 20.0 differ')
    .option('--user-id <id>', "the player's id")
    .option('--nonce <nonce>', 'id of this message (issuances only)')
    .option('--origin <origin>', 'what triggered it (issuances only)')
    .option('--fields <file>', 'the fields as a JSON object, - for stdin')
    .addOption(
      new Option('--formula <formula>', 'how a redemption is signed')
        .choices(['documented', 'legacy'])
        .default('documented'),
    )
    .addOption(new Option('--body [format]', 'print the whole signed body').choices(['json', 'form']).preset('json'))
    .option('--secret-file <file>', 'file that holds the app secret (default: KIIP_APP_SECRET)')
    .addHelpText('after', HELP)
    .action((flags: SignFlags) => run((out) => runSign(out, flags)));
};

async function runSign(out: Output, flags: SignFlags): Promise<ExitCode> {
  const [{ signCallback, verifyCallback }, callbackFields] = await Promise.all([
    import('../../callbacks/index.js'),
    import('../callback-fields.js'),
  ]);
  const secrets = await readSecrets(flags.secretFile === undefined ? [] : [flags.secretFile]);
  const [secret = ''] = secrets.values;
  const given = callbackFields.fieldsFromOptions(flags);
  if (given.size > 0 && flags.fields !== undefined) {
    throw new KiipConfigError('Nothing was signed: give the fields as options or with --fields, not both.');
  }
  const fields =
    given.size > 0
      ? given
      : callbackFields.fieldsFromJson((await readInput(flags.fields ?? '-', 'The callback')).toString('utf8'));
  const { formula, body: format = 'json' } = flags;
  const missing = callbackFields.missingFields(fields, formula);
  if (missing.length > 0) {
    throw new KiipConfigError(
      `Nothing was signed: add ${missing.join(', ')}. An issuance needs --nonce and --origin, a redemption --name.`,
    );
  }
  const signature = signCallback(
    callbackFields.signable(fields) as unknown as Parameters<typeof signCallback>[0],
    secret,
    {
      redemptionFormula: formula,
    },
  );
  const body = (format === 'json' ? callbackFields.jsonBody : callbackFields.formBody)(fields, signature);
  const contentType = CONTENT_TYPES[format];
  assertUsable(() => verifyCallback(body, { secret, contentType, redemptionFormula: formula }));
  const type = callbackFields.isIssuance(fields) ? 'issuance' : 'redemption';
  out.data({
    ok: true,
    type,
    formula: type === 'issuance' ? 'documented' : formula,
    signature,
    contentType,
    body,
    notes: secrets.notes,
  });
  if (flags.body === undefined) out.line(signature);
  // Print no line break after a form: `curl --data-binary` would send it as part of the last field.
  else if (format === 'form') out.exact(body);
  else out.line(body);
  for (const note of secrets.notes) out.note(note);
  return 0;
}

/** Refuses fields that every receiver would refuse, such as a quantity that is not a number. */
function assertUsable(verify: () => unknown): void {
  try {
    verify();
  } catch (error) {
    const { message } = error as Error;
    throw new KiipConfigError(`No receiver would accept this callback. ${message}`);
  }
}
