import { Option } from 'commander';
import type { CallbackEvent, RedemptionFormula } from '../../callbacks/index.js';
import { isKiipError } from '../../errors/index.js';
import type { SignedTexts, TextFacts } from '../callback-texts.js';
import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import { describeFailure } from '../failure.js';
import { readInput } from '../input.js';
import type { Output } from '../output.js';
import { collect } from '../repeatable.js';
import { readSecrets, type Secrets } from '../secrets.js';
import { printable } from '../terminal.js';

interface VerifyFlags {
  readonly contentType?: string;
  readonly formula: RedemptionFormula;
  readonly secretFile: readonly string[];
}

const HELP = `
The secret comes from KIIP_APP_SECRET or --secret-file, never from an argument.
It prints nothing of a player: only the lengths of the values, and the text of the quantity.`;

export const addVerify: AddCommand = (program, run) => {
  program
    .command('verify')
    .argument('[file]', 'the raw body of a callback, - for stdin', '-')
    .summary('verify a callback and explain a mismatch')
    .description(
      'Verifies the signature of a callback. Says which texts it covers, and which common mistake explains a mismatch.',
    )
    .option('--content-type <type>', "the request's content type (default: detected from the body)")
    .addOption(
      new Option('--formula <formula>', 'how a redemption is signed')
        .choices(['documented', 'legacy', 'either'])
        .default('documented'),
    )
    .option(
      '--secret-file <file>',
      'file that holds the app secret; repeatable, for a rotation (default: KIIP_APP_SECRET)',
      collect,
      [],
    )
    .addHelpText('after', HELP)
    .action((file: string, flags: VerifyFlags) => run((out) => runVerify(out, file, flags)));
};

type Outcome =
  | { readonly ok: true; readonly event: CallbackEvent; readonly formula: 'documented' | 'legacy' }
  | { readonly ok: false; readonly error: unknown };

async function runVerify(out: Output, file: string, flags: VerifyFlags): Promise<ExitCode> {
  const secrets = await readSecrets(flags.secretFile);
  const body = withoutLineBreak(await readInput(file, 'The body'));
  const outcome = await tryFormulas(body, secrets, flags);
  const { formulaText, guessBodyMistake, readSignedTexts } = await import('../callback-texts.js');
  const shown = outcome.ok ? outcome.formula : flags.formula === 'legacy' ? 'legacy' : 'documented';
  const texts = orNull(() => readSignedTexts(body, flags.contentType, shown));
  const tried = texts === null ? null : formulaText(texts.type, shown);
  if (outcome.ok) {
    tellMatch(out, outcome.event, tried, texts, secrets);
    return 0;
  }
  const told = describeFailure(outcome.error);
  if (told.code !== 'bad_signature' && told.code !== 'malformed_callback') throw outcome.error;
  const hint = texts === null ? guessBodyMistake(body) : null;
  const also = texts?.type === 'redemption' && flags.formula === 'either' ? formulaText('redemption', 'legacy') : null;
  out.data({
    ok: false,
    error: { ...told, ...(hint !== null && { hint }) },
    type: texts?.type ?? null,
    formula: tried,
    ...(also !== null && { alsoTried: also }),
    fields: texts?.fields ?? null,
    secretFrom: secrets.source,
    notes: secrets.notes,
  });
  out.failure(printable(told.message));
  if (hint !== null) out.note(hint);
  if (tried !== null)
    out.line(`tried ${tried}${also === null ? '' : ` and ${also}`}, the secret from ${printable(secrets.source)}`);
  if (texts !== null) tellTexts(out, texts.fields);
  for (const note of secrets.notes) out.note(note);
  if (told.help !== undefined) out.note(`See ${told.help}`);
  return 1;
}

/** Drops one line break at the end, which an editor or `echo` may have added. */
function withoutLineBreak(body: Buffer): Buffer {
  const end = body.at(-1) === 0x0a ? (body.at(-2) === 0x0d ? -2 : -1) : undefined;
  return body.subarray(0, end);
}

async function tryFormulas(body: Buffer, secrets: Secrets, { formula, contentType }: VerifyFlags): Promise<Outcome> {
  const { verifyCallback } = await import('../../callbacks/index.js');
  const options = { secret: secrets.values, ...(contentType !== undefined && { contentType }) };
  let error: unknown;
  // Try one at a time, to say which formula matched; `either` comes last, for its explanation of a mismatch.
  const candidates = formula === 'either' ? (['documented', 'legacy', 'either'] as const) : ([formula] as const);
  for (const candidate of candidates) {
    try {
      const event = verifyCallback(body, { ...options, redemptionFormula: candidate });
      return { ok: true, event, formula: candidate === 'legacy' ? 'legacy' : 'documented' };
    } catch (reason) {
      error = reason;
    }
  }
  return { ok: false, error };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isKiipError(error)) return null;
    throw error;
  }
}

function tellMatch(
  out: Output,
  event: CallbackEvent,
  formula: string | null,
  texts: SignedTexts | null,
  secrets: Secrets,
): void {
  const { type, quantity, quantityText } = event;
  const { source: secretFrom, notes } = secrets;
  out.data({ ok: true, type, quantity, quantityText, formula, fields: texts?.fields ?? null, secretFrom, notes });
  out.line(`${out.paint.green('verified')}: ${type} of ${quantityText}`);
  out.line(`${formula ?? ''}, the secret from ${printable(secretFrom)}`);
  tellTexts(out, texts?.fields ?? []);
  for (const note of notes) out.note(note);
}

function tellTexts(out: Output, fields: readonly TextFacts[]): void {
  for (const { field, characters, bytes, kind, text } of fields) {
    const length = `${characters} ${characters === 1 ? 'character' : 'characters'}${bytes === characters ? '' : `, ${bytes} bytes`}`;
    out.line(`  ${field.padEnd(14)} ${kind}, ${text === undefined ? length : `${printable(text)} as written`}`);
  }
}
