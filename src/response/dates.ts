import { parseISO } from 'date-fns/parseISO';

/** How the platform writes a date (PROTOCOL K16). */
const DOCUMENTED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;
/** No date is longer, and the time that date-fns takes grows with the square of the length. */
const LONGEST = 64;
const HAS_ZONE = /(?:z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * Parses a date of the platform, which writes UTC without a zone (PROTOCOL K16): a text without a zone is read as UTC, whatever the
 * machine's `TZ`. Returns `null` when it is not a date.
 */
export function parseUtcDate(value: unknown): Date | null {
  if (typeof value !== 'string' || value.length > LONGEST) return null;
  return (DOCUMENTED.test(value) ? parseDocumented(value) : null) ?? parseAny(value.trim());
}

/** Parses the documented form in a tenth of date-fns's time. `null` for a day that the month does not have, which JavaScript would carry over. */
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
