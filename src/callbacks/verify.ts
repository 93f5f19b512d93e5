import { isAscii } from '../inbound/bytes.js';
import { readContentType } from '../inbound/content.js';
import { buildDedupKeys } from './event/dedup-keys.js';
import type { CallbackEvent } from './event/event.js';
import { readMessage } from './event/message.js';
import { checkVerifyOptions, type VerifyCallbackOptions, type VerifyOptions } from './verify-options.js';
import { malformed, type CallbackTexts } from './parse/fields.js';
import { findFormat } from './parse/format.js';
import { readForm } from './parse/form.js';
import { readJson } from './parse/json.js';
import { readObject } from './parse/object.js';
import { readText } from './parse/text.js';
import { checkSignature } from './signature/check.js';
import type { BodySource } from './signature/explain.js';

/** A verified callback, with the index of the secret that signed it. */
export interface Verified {
  readonly event: CallbackEvent;
  readonly secretIndex: number;
}

/**
 * Verifies the body of a callback and returns it as a typed event. It remembers nothing, so a replayed body verifies
 * again: pass `event.dedupKeys` to a {@link Ledger} to detect that.
 *
 * @param rawBody - the body exactly as it came in: bytes, or their text, at most 1 MiB. Never parse and re-serialise it
 * (PROTOCOL K24).
 * @throws CallbackFormatError when the body is not one of the two messages (PROTOCOL K21).
 * @throws CallbackSignatureError when no active secret signed it (PROTOCOL K22, K25).
 * @throws KiipConfigError when the options are wrong, such as an empty secret.
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
  checkVerifyOptions('verifyCallback', options);
  return verifyRaw(rawBody, options).event;
}

/**
 * Verifies a callback that a framework already parsed, as {@link verifyCallback} does. Prefer the raw body: a parsed
 * number has lost its source text, so `20.0` or `9007199254740993` always fail here, and a repeated key goes unnoticed.
 *
 * @param fields - the parsed JSON or form, under the names of the wire (`user_id`).
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
  checkVerifyOptions('verifyCallbackFields', options);
  return verifyParsed(fields, options).event;
}

/** Does what {@link verifyCallback} does, with options that have been checked. */
export function verifyRaw(rawBody: string | Uint8Array, options: VerifyCallbackOptions): Verified {
  const type = readContentType(options.contentType);
  const text = readText(rawBody);
  if (type === null || (type.isAsciiOnly && !isAscii(text)))
    throw malformed('has a content type that is neither JSON nor a form in UTF-8');
  const format = findFormat(type, text);
  return verifyTexts(format === 'json' ? readJson(text) : readForm(text), options, format);
}

/** Does what {@link verifyCallbackFields} does, with options that have been checked. */
export function verifyParsed(fields: Readonly<Record<string, unknown>>, options: VerifyOptions): Verified {
  return verifyTexts(readObject(fields), options, 'parsed');
}

function verifyTexts(texts: CallbackTexts, options: VerifyOptions, source: BodySource): Verified {
  const { secret, redemptionFormula = 'documented' } = options;
  const { signature, message } = readMessage(texts, redemptionFormula);
  const secrets = typeof secret === 'string' ? [secret] : secret;
  const { digest, secretIndex } = checkSignature(message, signature, secrets, redemptionFormula, source);
  const { transactionId, content, quantity: quantityText, userId } = message;
  const quantity = Number(quantityText);
  const dedupKeys = buildDedupKeys(message, digest);
  if (message.type === 'issuance') {
    const { nonce, origin } = message;
    return {
      event: { type: 'issuance', transactionId, content, nonce, origin, quantity, quantityText, userId, dedupKeys },
      secretIndex,
    };
  }
  const name = message.name ?? '';
  return {
    event: { type: 'redemption', transactionId, content, name, quantity, quantityText, userId, dedupKeys },
    secretIndex,
  };
}
