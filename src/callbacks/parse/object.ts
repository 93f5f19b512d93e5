import { toRaw } from '../../inbound/bytes.js';
import { CallbackTexts, isWireName, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

/**
 * Reads a body that someone already parsed. A number has lost its source text by now and counts as JavaScript prints it: `20.0` came in
 * as `20`, so its signature no longer matches (PROTOCOL K24).
 *
 * @throws CallbackFormatError when it is not an object whose known fields are strings and numbers.
 */
export function readObject(fields: Readonly<Record<string, unknown>>): CallbackTexts {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || toRaw(fields) !== null) {
    throw malformed('is not a parsed body: pass an object of fields, or the raw body to verifyCallback');
  }
  const texts = new CallbackTexts();
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined) texts.add(key, isWireName(key) ? readValue(value) : null);
  }
  return texts;
}

function readValue(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return null;
  requireWellFormed(value);
  return value;
}
