import { parseISO } from 'date-fns/parseISO';

/** Matches a date as the platform writes it (PROTOCOL K16). */
const DOCUMENTED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;
/** The longest text to parse: no date is longer, and the time of date-fns grows with the square of the length. */
const LONGEST = 64;
const HAS_ZONE = /(?:z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * Parses a date of the platform, which writes UTC without a zone (PROTOCOL K16). A text without a zone is read as UTC,
 * whatever the machine's `TZ`. Returns `null` when it is not a date.
 */
export function parseUtcDate(value: unknown): Date | null {
  if (typeof value !== 'string' || value.length > LONGEST) return null;
  return (DOCUMENTED.test(value) ? parseDocumented(value) : null) ?? parseAny(value.trim());
}

/**
 * Parses the documented form, much faster than date-fns. Returns `null` for a day that the month does not have, which
 * JavaScript would carry over to the next month.
 */
function parseDocumented(text: string): Date | null {
  const date = new Date(`${text}Z`);
  return date.getUTCDate() === Number(text.slice(8, 10)) ? date : null;
}

function parseAny(text: string): Date | null {
  const time = /[T ]/.exec(text);
  if (time === null) return valid(parseISO(`${text}T00:00:00Z`));
  return valid(parseISO(HAS_ZONE.test(text.slice(time.index)) ? text : `${text}Z`));
}

const valid = (date: Date): Date | null => (Number.isNaN(date.getTime()) ? null : date);
