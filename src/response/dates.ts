import { parseISO } from 'date-fns/parseISO';

const HAS_ZONE = /(?:z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * A date of the platform. It writes none of its dates with a zone, and means UTC (PROTOCOL K16): a text without a zone is read as
 * UTC whatever the machine's `TZ`. `null` for what is no date.
 */
export function parseUtcDate(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const time = /[T ]/.exec(text);
  if (time === null) return valid(parseISO(`${text}T00:00:00Z`));
  return valid(parseISO(HAS_ZONE.test(text.slice(time.index)) ? text : `${text}Z`));
}

const valid = (date: Date): Date | null => (Number.isNaN(date.getTime()) ? null : date);
