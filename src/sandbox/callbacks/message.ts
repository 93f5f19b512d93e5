import type { Delivery } from '../records.js';
import type { Message } from './deliver.js';

export type Fields = Record<string, string | number>;

const CONTENT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' };

/** Writes a number given as text without quotes in JSON, so that its text stays exact (PROTOCOL K24). */
const writeJson = (name: string, value: string | number): string =>
  name === 'quantity' ? String(value) : JSON.stringify(value);

/** Writes the body of a callback, with its fields in the given order. */
export function writeMessage(fields: Fields, format: 'json' | 'form'): Message {
  const contentType = CONTENT_TYPES[format];
  const entries = Object.entries(fields);
  if (format === 'form') {
    const texts = entries.map(([name, value]): [string, string] => [name, String(value)]);
    return { contentType, body: new URLSearchParams(texts).toString() };
  }
  const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${writeJson(name, value)}`);
  return { contentType, body: `{${members.join(',')}}` };
}

/** Reads the ids that identify an event: the platform's own (PROTOCOL K26). */
function readIds({ type, fields }: Pick<Delivery, 'type' | 'fields'>): string {
  return JSON.stringify([type, fields['transaction_id'], ...(type === 'issuance' ? [fields['nonce']] : [])]);
}

/** Finds the id of the first delivery of the same event; `null` when this is the first. */
export function findFirst(deliveries: readonly Delivery[], delivery: Pick<Delivery, 'type' | 'fields'>): number | null {
  const ids = readIds(delivery);
  const earlier = deliveries.find((one) => readIds(one) === ids);
  return earlier === undefined ? null : (earlier.repeats ?? earlier.id);
}
