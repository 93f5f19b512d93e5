import { inspect } from 'node:util';
import { KiipValidationError } from 'kiip-s2s';
import type { ConsentStore } from 'kiip-s2s/consent';

const at = (second: number): Date => new Date(Date.UTC(2025, 0, 1, 0, 0, second));
let users = 0;
const newUser = (): string => `user-${process.pid}-${Date.now()}-${(users += 1)}`;

/** What every consent store has to do (PROTOCOL K14). `make` returns a store; all of one run share their data where the backend does. */
export function describeConsentStore(name: string, make: () => Promise<ConsentStore> | ConsentStore): void {
  describe(`the consent store contract: ${name}`, () => {
    let store: ConsentStore;
    beforeAll(async () => {
      store = await make();
    });

    test('a choice is due for every device of its user until it was delivered for that device', async () => {
      const user = newUser();
      expect(await store.due(user, 'phone')).toBeNull();
      expect(await store.put(user, { optedOut: true, state: 'CA', at: at(1) })).toBe('changed');
      const due = await store.due(user, 'phone');
      expect(due).toEqual({ optedOut: true, state: 'CA', at: at(1) });
      await store.delivered(user, 'phone', due?.at as Date);
      expect(await store.due(user, 'phone')).toBeNull();
      expect(await store.due(user, 'tablet')).toEqual({ optedOut: true, state: 'CA', at: at(1) });
      expect(await store.due(newUser(), 'phone')).toBeNull();
    });

    test('a choice without a state has none when it is due', async () => {
      const user = newUser();
      await store.put(user, { optedOut: false, at: at(1) });
      const due = await store.due(user, 'phone');
      expect(due).toMatchObject({ optedOut: false, at: at(1) });
      expect(due?.state).toBeUndefined();
    });

    test('the newest by its time wins, in whatever order choices arrive', async () => {
      const user = newUser();
      expect(await store.put(user, { optedOut: true, at: at(5) })).toBe('changed');
      expect(await store.put(user, { optedOut: false, at: at(4) })).toBe('stale');
      expect(await store.put(user, { optedOut: false, at: at(5) })).toBe('stale');
      expect(await store.due(user, 'phone')).toMatchObject({ optedOut: true, at: at(5) });
      expect(await store.put(user, { optedOut: false, at: at(6) })).toBe('changed');
      expect(await store.due(user, 'phone')).toMatchObject({ optedOut: false, at: at(6) });
    });

    test('the same choice again is unchanged, makes what lies between stale, and is not due again', async () => {
      const user = newUser();
      await store.put(user, { optedOut: true, at: at(1) });
      await store.delivered(user, 'phone', at(1));
      expect(await store.put(user, { optedOut: true, at: at(1) })).toBe('unchanged');
      expect(await store.put(user, { optedOut: true, at: at(9) })).toBe('unchanged');
      expect(await store.put(user, { optedOut: false, at: at(5) })).toBe('stale');
      expect(await store.due(user, 'phone')).toBeNull();
      expect(await store.put(user, { optedOut: true, state: 'CA', at: at(10) })).toBe('changed');
      expect(await store.due(user, 'phone')).toMatchObject({ state: 'CA' });
    });

    test('what was delivered while a newer choice came leaves the newer one due; marks never move backwards', async () => {
      const user = newUser();
      await store.put(user, { optedOut: false, at: at(1) });
      await store.put(user, { optedOut: true, at: at(2) });
      await store.delivered(user, 'phone', at(1));
      expect(await store.due(user, 'phone')).toMatchObject({ optedOut: true, at: at(2) });
      await store.delivered(user, 'phone', at(2));
      await store.delivered(user, 'phone', at(1));
      expect(await store.due(user, 'phone')).toBeNull();
    });

    test('back to an earlier choice is a change, and due', async () => {
      const user = newUser();
      await store.put(user, { optedOut: true, at: at(1) });
      await store.delivered(user, 'phone', at(1));
      await store.put(user, { optedOut: false, at: at(2) });
      await store.put(user, { optedOut: true, at: at(3) });
      expect(await store.due(user, 'phone')).toMatchObject({ optedOut: true, at: at(3) });
    });

    test('history tells what was chosen and delivered, oldest first', async () => {
      const user = newUser();
      expect(await store.history(user)).toEqual([]);
      const before = Date.now();
      await store.put(user, { optedOut: false, at: at(1) });
      await store.put(user, { optedOut: true, state: 'CA', at: at(2) });
      await store.delivered(user, 'phone', at(2));
      const history = await store.history(user);
      expect(history.map(({ kind, optedOut, state }) => [kind, optedOut, state])).toEqual([
        ['chosen', false, undefined],
        ['chosen', true, 'CA'],
        ['delivered', true, 'CA'],
      ]);
      expect(history.slice(0, 2).map((record) => record.at)).toEqual([at(1), at(2)]);
      expect(history[2]?.at.getTime()).toBeGreaterThanOrEqual(before - 1_000);
    });

    test('ids are kept apart whatever is in them', async () => {
      const user = newUser();
      await store.put(`${user}:a`, { optedOut: true, at: at(1) });
      await store.delivered(`${user}:a`, 'b', at(1));
      await store.put(user, { optedOut: true, at: at(1) });
      expect(await store.due(user, 'a:b')).not.toBeNull();
      expect(await store.due(`${user}:a`, 'b')).toBeNull();
    });

    test('many puts at once: one order, and the newest stays', async () => {
      const user = newUser();
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) => store.put(user, { optedOut: index % 2 === 0, at: at(index) })),
      );
      expect(outcomes.every((outcome) => ['changed', 'unchanged', 'stale'].includes(outcome))).toBe(true);
      expect(await store.due(user, 'phone')).toMatchObject({ optedOut: false });
      expect(await store.put(user, { optedOut: true, at: at(38) })).toBe('stale');
    });

    test('what is stored is a copy', async () => {
      const user = newUser();
      const given = { optedOut: true, at: at(1) };
      await store.put(user, given);
      given.at.setTime(0);
      (await store.due(user, 'phone'))?.at.setTime(0);
      expect((await store.due(user, 'phone'))?.at).toEqual(at(1));
    });

    test.each<[string, () => Promise<unknown>]>([
      ['put without a user', () => store.put('', { optedOut: true, at: at(1) })],
      ['put without a choice', () => store.put('u', undefined as never)],
      ['put with a text', () => store.put('u', { optedOut: 'yes' as never, at: at(1) })],
      ['put without a time', () => store.put('u', { optedOut: true } as never)],
      ['put with an invalid time', () => store.put('u', { optedOut: true, at: new Date(Number.NaN) })],
      ['due without a device', () => store.due('u', '')],
      ['delivered without a time', () => store.delivered('u', 'd', undefined as never)],
      ['history without a user', () => store.history(undefined as never)],
    ])('%s is refused', async (_name, act) => {
      await expect(act()).rejects.toBeInstanceOf(KiipValidationError);
    });

    test('an inspection of the store holds no id', async () => {
      const user = newUser();
      await store.put(user, { optedOut: true, at: at(1) });
      await store.delivered(user, 'device-of-the-player', at(1));
      const text = inspect(store, { depth: 8, showHidden: true });
      expect(text).not.toContain(user);
      expect(text).not.toContain('device-of-the-player');
    });
  });
}
