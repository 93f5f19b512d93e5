import { signedText, type IssuanceTexts, type RedemptionFormula, type RedemptionTexts } from './formula.js';

type Message = RedemptionTexts | IssuanceTexts;

/** The source of the texts, which decides which mistakes are possible. */
export type BodySource = 'json' | 'form' | 'parsed';

interface Suspect {
  readonly hint: string;
  readonly message?: Message;
  readonly secrets?: readonly string[];
  readonly formula?: 'documented' | 'legacy';
}

const NO_SUSPECT: Readonly<Record<BodySource, string>> = {
  json: 'The secret is not the one that signed it, or the body was changed on its way: compare the secret with the dashboard.',
  form: 'The secret is not the one that signed it, or the body was changed on its way: compare the secret with the dashboard.',
  parsed:
    'The body was parsed before it came here, which loses the text that the signature covers (20.0 becomes 20): verify the raw body. If it still fails, the secret is not the one that signed it.',
};

/**
 * Tries common mistakes on a callback that did not verify, and names the one that would explain it. The callback is
 * still rejected. The text holds no value of the callback and no secret.
 */
export function explainMismatch(
  message: Message,
  secrets: readonly string[],
  formula: RedemptionFormula,
  source: BodySource,
  matches: (text: string, secrets: readonly string[]) => boolean,
): string {
  const own = formula === 'legacy' ? 'legacy' : 'documented';
  const guilty = suspects(message, secrets, formula, source).find((suspect) =>
    matches(signedText(suspect.message ?? message, suspect.formula ?? own), suspect.secrets ?? secrets),
  );
  return guilty?.hint ?? NO_SUSPECT[source];
}

function suspects(
  message: Message,
  secrets: readonly string[],
  formula: RedemptionFormula,
  source: BodySource,
): Suspect[] {
  const list: Suspect[] = [];
  if (message.type === 'redemption' && formula === 'documented') {
    const hint =
      "It does match the legacy formula, which leaves the name out: set redemptionFormula to 'legacy' (docs/callbacks.md#legacy).";
    list.push({ hint, formula: 'legacy' });
  }
  if (message.type === 'redemption' && formula === 'legacy') {
    const hint = "It does match the documented formula, which has the name in it: drop redemptionFormula: 'legacy'.";
    list.push({ hint, formula: 'documented' });
  }
  const trimmed = secrets.map((secret) => secret.trim());
  if (trimmed.some((secret, index) => secret !== secrets[index])) {
    const hint =
      'It does match once white space around the secret is removed: look for a line break at the end of the variable or file.';
    list.push({ hint, secrets: trimmed });
  }
  for (const quantity of otherSpellings(message.quantity)) {
    const hint =
      'It does match another spelling of quantity: something parsed and rewrote the body. Verify the raw body.';
    list.push({ hint, message: { ...message, quantity } });
  }
  if (source !== 'json') {
    const hint = 'It does match with + where a space was read: the sender did not encode + as %2B.';
    list.push({ hint, message: withPlus(message) });
  }
  return list;
}

function otherSpellings(quantity: string): string[] {
  const value = Number(quantity);
  const spellings = [String(value), Number.isInteger(value) ? value.toFixed(1) : String(Math.trunc(value))];
  return spellings.filter((spelling) => spelling !== quantity);
}

function withPlus<M extends Message>(message: M): M {
  const fields = Object.entries(message).map(([name, text]: [string, unknown]) => [
    name,
    name === 'type' || typeof text !== 'string' ? text : text.replaceAll(' ', '+'),
  ]);
  return Object.fromEntries(fields) as M;
}
