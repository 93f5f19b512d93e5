import { CallbackTexts, malformed } from './fields.js';

/**
 * Reads an `application/x-www-form-urlencoded` body: `+` is a space, `%2B` a plus (PROTOCOL K24). It does not use
 * `URLSearchParams`, which replaces bytes that are not UTF-8 and keeps broken `%` escapes: both change the text that
 * the signature covers.
 *
 * @throws CallbackFormatError for broken escapes, bytes that are not UTF-8 and repeated keys.
 */
export function readForm(body: string): CallbackTexts {
  const texts = new CallbackTexts();
  for (const pair of body.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    if (equals === -1) texts.add(decode(pair), '');
    else texts.add(decode(pair.slice(0, equals)), decode(pair.slice(equals + 1)));
  }
  return texts;
}

function decode(encoded: string): string {
  const text = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('has a form field that is not percent-encoded UTF-8');
  }
}
