import { toRaw } from '../../inbound/bytes.js';
import { CallbackTexts, isWireName, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

/**
 * Reads a body that a framework already parsed. Its numbers have lost their source text and count as JavaScript prints
 * them: a `20.0` is read as `20`, so its signature does not match (PROTOCOL K24).
 *
 * @throws CallbackFormatError when `fields` is not an object whose known fields are strings and numbers.
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
