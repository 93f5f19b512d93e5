import { sha1Hex } from '#digest';
import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import * as z from '../zod.js';
import { signedText, type RedemptionFormula } from './signature/formula.js';

interface CommonFields {
  /** The reward's id (`transaction_id`). */
  readonly transactionId: string;
  /** Identifier of the virtual currency. */
  readonly content: string;
  /**
   * How much to credit. A number is signed as JavaScript prints it (`20`); pass a string to sign another text (`20.0`).
   */
  readonly quantity: number | string;
  /** The text to sign instead of `quantity`, as a verified event carries it. @defaultValue the text of `quantity` */
  readonly quantityText?: string | undefined;
  /** Your id for the player (`user_id`). */
  readonly userId: string;
}

/** The fields of a redemption that {@link signCallback} needs. A verified event fits as it is. */
export interface RedemptionFields extends CommonFields {
  /** Display name of the currency. The documented formula requires it; the legacy formula ignores it. */
  readonly name?: string | undefined;
}

/** The fields of an issuance that {@link signCallback} needs. A verified event fits as it is. */
export interface IssuanceFields extends CommonFields {
  /** Identifies the issuance together with `transactionId`. */
  readonly nonce: string;
  /** What triggered it, such as `survey`. */
  readonly origin: string;
}

/** Options of {@link signCallback}. */
export interface SignOptions {
  /** How a redemption is signed (PROTOCOL K22, K23). @defaultValue `'documented'` */
  readonly redemptionFormula?: Exclude<RedemptionFormula, 'either'> | undefined;
}

const optionsSchema = z.strictObject({
  redemptionFormula: z.optional(z.enum(['documented', 'legacy'], "must be 'documented' or 'legacy'")),
});

/**
 * Signs a callback as the platform does, for tests, sandboxes and manual redelivery: bare lower-case hex SHA-1
 * (PROTOCOL K22, K23). Fields with a `nonce` and an `origin` make an issuance, all others a redemption.
 *
 * @throws KiipConfigError when the secret is empty or an option is wrong.
 * @throws KiipValidationError when a field is missing or is not well-formed text.
 *
 * @example
 * ```ts
 * import { signCallback } from 'kiip-s2s/callbacks';
 *
 * const fields = { transactionId: 'reward-1', content: 'coins-uuid', name: 'Coins', quantity: 20, userId: 'player-7' };
 * const signature = signCallback(fields, 'the app secret');
 * ```
 */
export function signCallback(
  fields: RedemptionFields | IssuanceFields,
  secret: string,
  options: SignOptions = {},
): string {
  const isEmpty = typeof secret !== 'string' || secret.trim() === '';
  refuseOptions('signCallback', [
    ...(isEmpty ? [{ path: 'secret', message: 'must be the app secret from the dashboard' }] : []),
    ...listOptionIssues(optionsSchema, options),
  ]);
  const { redemptionFormula = 'documented' } = options;
  const issues: ValidationIssue[] = [];
  const given: Record<string, unknown> = { ...fields };
  const text = (path: string): string => {
    const value = given[path];
    if (typeof value === 'string' && !/\p{Surrogate}/u.test(value)) return value;
    issues.push({
      path,
      message:
        typeof value === 'string'
          ? 'must not hold a lone surrogate'
          : `must be ${path === 'quantity' ? 'a finite number or a string' : 'a string'}`,
    });
    return '';
  };
  if (typeof given['quantity'] === 'number' && Number.isFinite(given['quantity']))
    given['quantity'] = String(given['quantity']);
  const common = {
    content: text('content'),
    quantity: text(given['quantityText'] === undefined ? 'quantity' : 'quantityText'),
    userId: text('userId'),
    transactionId: text('transactionId'),
  };
  const isIssuance = given['nonce'] !== undefined && given['origin'] !== undefined;
  const signed = isIssuance
    ? signedText({ type: 'issuance', ...common, nonce: text('nonce'), origin: text('origin') }, 'documented')
    : signedText(
        { type: 'redemption', ...common, name: redemptionFormula === 'legacy' ? '' : text('name') },
        redemptionFormula,
      );
  if (issues.length > 0) throw new KiipValidationError(issues);
  return sha1Hex(signed + secret);
}
