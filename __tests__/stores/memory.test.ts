import { KiipConfigError } from '../../src/errors/index.js';
import { memoryLedger } from '../../src/stores/memory/ledger.js';
import { gate, ledgerContract } from './contract.js';

const nothing = async (): Promise<void> => undefined;

ledgerContract('memoryLedger', {}, async () => {
  const ledger = memoryLedger();
  return { first: ledger, second: ledger, close: nothing };
});

describe('memoryLedger', () => {
  afterEach(() => jest.useRealTimers());

  test('forgets after ttlMs, and not before', async () => {
    jest.useFakeTimers();
    const ledger = memoryLedger({ ttlMs: 1_000 });
    await ledger.run(['a', 'b'], nothing);
    jest.advanceTimersByTime(999);
    expect(await ledger.run(['a'], nothing)).toBe('duplicate');
    jest.advanceTimersByTime(1);
    expect(await ledger.run(['a'], nothing)).toBe('processed');
    expect(await ledger.run(['b'], nothing)).toBe('processed');
  });

  test('maxEntries forgets the oldest callback with all of its keys, never the newest', async () => {
    const ledger = memoryLedger({ maxEntries: 2 });
    for (const name of ['a', 'b', 'c']) await ledger.run([`${name}1`, `${name}2`], nothing);
    expect(await ledger.run(['b1'], nothing)).toBe('duplicate');
    expect(await ledger.run(['c2'], nothing)).toBe('duplicate');
    expect(await ledger.run(['a1', 'a2'], nothing)).toBe('processed');
  });

  test('maxEntries never forgets work in flight', async () => {
    const ledger = memoryLedger({ maxEntries: 1 });
    const release = gate();
    const held = ledger.run(['held'], () => release.opened);
    for (const key of ['a', 'b', 'c']) expect(await ledger.run([key], nothing)).toBe('processed');
    expect(await ledger.run(['held'], nothing)).toBe('busy');
    release.open();
    expect(await held).toBe('processed');
    expect(await ledger.run(['held'], nothing)).toBe('duplicate');
  });

  test('keeps the keys it was given, not the array', async () => {
    const ledger = memoryLedger({ maxEntries: 1 });
    const keys = ['a'];
    await ledger.run(keys, nothing);
    keys[0] = 'b';
    await ledger.run(['c'], nothing);
    expect(await ledger.run(['a'], nothing)).toBe('processed');
  });

  test('refuses a run without keys, which would let everything through', async () => {
    await expect(memoryLedger().run([], nothing)).rejects.toThrow(KiipConfigError);
  });

  test.each([
    { ttlMs: 0 },
    { ttlMs: '5' as unknown as number },
    { ttlMs: Number.NaN },
    { maxEntries: 0 },
    { maxEntries: 1.5 },
  ])('refuses %p', (options) => {
    expect(() => memoryLedger(options)).toThrow(KiipConfigError);
  });

  test('names every wrong option at once', () => {
    expect(() => memoryLedger({ ttlMs: -1, maxEntries: -1 })).toThrow(/ttlMs .*maxEntries /);
  });
});
