import { buildDedupKeys } from './event/dedup-keys.js';
import type { CallbackEvent } from './event/event.js';
import { messageOf } from './event/message.js';
import { throwConfigIssues, verifyOptionIssues, type VerifyOptions } from './options.js';
import { formatOf } from './parse/content-type.js';
import { malformed, type CallbackTexts } from './parse/fields.js';
import { readForm } from './parse/form.js';
import { readJson } from './parse/json.js';
import { readObject } from './parse/object.js';
import { textOfBody } from './parse/text.js';
import { checkSignature } from './signature/check.js';
import type { BodySource } from './signature/explain.js';

/** Options of {@link verifyCallback}. */
export interface VerifyCallbackOptions extends VerifyOptions {
  /** The request's `Content-Type`, JSON or form, also as `headers.get()` gives it. Without it the body's first character tells. */
  readonly contentType?: string | null | undefined;
}

/**
 * Verifies the body of a callback and returns it as a typed event: parse, signature, event. Pure: no I/O, nothing is remembered, so a
 * replayed body verifies again; `event.dedupKeys` and a {@link Ledger} are for that.
 *
 * @param rawBody - the body exactly as it came in: bytes, or their text. Never a parsed and re-serialised one (PROTOCOL K24). At most 1 MiB.
 * @throws CallbackFormatError when the body is not one of the two messages (PROTOCOL K21).
 * @throws CallbackSignatureError when no active secret signed it (PROTOCOL K22, K25).
 * @throws KiipConfigError when the options are wrong, an empty secret above all.
 *
 * @example
 * ```ts
 * import { verifyCallback } from 'kiip-s2s/callbacks';
 *
 * declare const body: Uint8Array;
 * const event = verifyCallback(body, { secret: process.env['KIIP_APP_SECRET'] ?? '' });
 * if (event.type === 'redemption') console.log(event.transactionId, event.quantity);
 * ```
 */
export function verifyCallback(rawBody: string | Uint8Array, options: VerifyCallbackOptions): CallbackEvent {
  throwConfigIssues('verifyCallback', verifyOptionIssues(options));
  const body = textOfBody(rawBody);
  const format = formatOf(options.contentType, body);
  if (format === null) throw malformed('is neither JSON nor a form in UTF-8');
  return eventOf(format === 'json' ? readJson(body) : readForm(body), options, format);
}

/**
 * {@link verifyCallback} for a body that a framework already parsed. Prefer the raw body: a parsed number no longer has its source text,
 * so `20.0` or `9007199254740993` can only fail here, and of a repeated key only one value is left to see.
 *
 * @param fields - the parsed JSON or form: a flat object of strings and numbers, with the names of the wire (`user_id`).
 * @throws CallbackFormatError, CallbackSignatureError, KiipConfigError as {@link verifyCallback} does.
 *
 * @example
 * ```ts
 * import { verifyCallbackFields } from 'kiip-s2s/callbacks';
 *
 * declare const request: { body: Record<string, unknown> };
 * const event = verifyCallbackFields(request.body, { secret: ['the new secret', 'the old secret'] });
 * ```
 */
export function verifyCallbackFields(fields: Readonly<Record<string, unknown>>, options: VerifyOptions): CallbackEvent {
  throwConfigIssues('verifyCallbackFields', verifyOptionIssues(options));
  return eventOf(readObject(fields), options, 'parsed');
}

function eventOf(texts: CallbackTexts, options: VerifyOptions, source: BodySource): CallbackEvent {
  const { secret, redemptionFormula = 'documented' } = options;
  const { signature, message } = messageOf(texts, redemptionFormula);
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const digest = checkSignature(message, signature, secrets, redemptionFormula, source);
  const { transactionId, content, quantity: quantityText, userId } = message;
  const quantity = Number(quantityText);
  const dedupKeys = buildDedupKeys(message, digest);
  if (message.type === 'issuance') {
    const { nonce, origin } = message;
    return { type: 'issuance', transactionId, content, nonce, origin, quantity, quantityText, userId, dedupKeys };
  }
  return {
    type: 'redemption',
    transactionId,
    content,
    name: message.name ?? '',
    quantity,
    quantityText,
    userId,
    dedupKeys,
  };
}
