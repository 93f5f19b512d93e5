import { refuseOptions } from '../check/check-options.js';

/** Returns the distinct keys of one `run`. Refuses an empty list, because a run without keys could never be a duplicate. */
export function listDistinctKeys(ledger: string, keys: readonly string[]): string[] {
  const distinct = [...new Set(keys)];
  const fine = distinct.length > 0 && distinct.every((key) => typeof key === 'string' && key !== '');
  if (!fine)
    refuseOptions(ledger, [{ path: 'keys', message: 'must be non-empty strings, at least one: pass event.dedupKeys' }]);
  return distinct;
}
