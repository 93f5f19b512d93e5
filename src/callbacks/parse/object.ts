import { CallbackTexts, malformed } from './fields.js';
import { requireWellFormed } from './text.js';

/**
 * Reads a body that someone already parsed. A number has lost its source text by now and counts as JavaScript prints it: `20.0` came in
 * as `20`, so its signature no longer matches (PROTOCOL K24).
 *
 * @throws CallbackFormatError when it is not a flat object of strings and numbers.
 */
export function readObject(fields: Readonly<Record<string, unknown>>): CallbackTexts {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || fields instanceof Uint8Array) {
    throw malformed('is not a parsed body: pass an object of fields, or the raw body to verifyCallback');
  }
  const texts = new CallbackTexts();
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined) texts.add(key, textOf(value));
  }
  return texts;
}

function textOf(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      requireWellFormed(value);
      return value;
    case 'number':
    case 'bigint':
      return String(value);
    case 'object':
      if (value !== null) throw malformed('has an array or an object as a value');
      return null;
    default:
      return null;
  }
}
