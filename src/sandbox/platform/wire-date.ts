/** Writes a date as the platform does: UTC without a zone, microseconds, `2015-01-28T01:32:24.697136` (PROTOCOL K16). */
export function wireDate(date: Date): string {
  // A Date has only milliseconds. The monotonic clock supplies three more digits, so that dates look like the
  // platform's.
  const micros = Math.floor((performance.now() % 1) * 1000);
  return date.toISOString().slice(0, -1) + String(micros).padStart(3, '0');
}
