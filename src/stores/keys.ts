import { refuseOptions } from '../check/options.js';

/** The keys of one `run`, each once. A ledger that is asked about no key would let everything through. */
export function listDistinctKeys(ledger: string, keys: readonly string[]): string[] {
  const distinct = [...new Set(keys)];
  const fine = distinct.length > 0 && distinct.every((key) => typeof key === 'string' && key !== '');
  if (!fine)
    refuseOptions(ledger, [{ path: 'keys', message: 'must be non-empty strings, at least one: pass event.dedupKeys' }]);
  return distinct;
}
