import { parseISO } from 'date-fns/parseISO';

/** How the platform writes a date (PROTOCOL K16). */
const DOCUMENTED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?$/;
/** Longer texts are no dates, and date-fns takes a time that grows with the square of the length. */
const LONGEST = 64;
const HAS_ZONE = /(?:z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * A date of the platform. It writes none of its dates with a zone, and means UTC (PROTOCOL K16): a text without a zone is read as
 * UTC whatever the machine's `TZ`. `null` for what is no date.
 */
export function parseUtcDate(value: unknown): Date | null {
  if (typeof value !== 'string' || value.length > LONGEST) return null;
  return (DOCUMENTED.test(value) ? parseDocumented(value) : null) ?? parseAny(value.trim());
}

/** `null` for a day that its month does not have, which JavaScript would carry over. A tenth of what date-fns costs. */
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
