import { inspect } from 'node:util';
import type { NotedReward, RewardBook } from '../../src/stores/reward-book.js';

let serial = 0;
const newId = (): string => `reward-${process.pid}-${Date.now()}-${(serial += 1)}`;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Two workers' books over one store. One object twice where the store is the object itself. */
export interface RewardBookFixture {
  readonly first: RewardBook;
  readonly second: RewardBook;
  /** Everything that the store holds, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

/** What every reward book has to do (PROTOCOL K26), on its real store. */
export function describeRewardBook(name: string, start: () => Promise<RewardBookFixture>): void {
  describe(`the reward book contract: ${name}`, () => {
    let fixture: RewardBookFixture;
    beforeAll(async () => {
      fixture = await start();
    });
    afterAll(() => fixture.close());

    const note = async (reward: Partial<NotedReward> = {}): Promise<string> => {
      const id = newId();
      await fixture.first.note({ ids: [id], userId: 'ann', value: 20, at: new Date(), ...reward });
      return id;
    };

    test('knows the reward of the same user and quantity, in both workers', async () => {
      const id = await note();
      for (const book of [fixture.first, fixture.second]) {
        const known = await book.find(id);
        expect(known?.matches('ann', 20)).toBe(true);
        expect(known?.matches('bob', 20)).toBe(false);
        expect(known?.matches('ANN', 20)).toBe(false);
        expect(known?.matches('ann', 21)).toBe(false);
        expect(known?.matches('', 20)).toBe(false);
      }
    });

    test('an issuance is compared by its user alone', async () => {
      const known = await fixture.second.find(await note());
      expect(known?.matches('ann', null)).toBe(true);
      expect(known?.matches('bob', null)).toBe(false);
    });

    test('a reward without a value fits every quantity', async () => {
      const known = await fixture.second.find(await note({ value: null }));
      expect(known?.matches('ann', 1)).toBe(true);
      expect(known?.matches('ann', 1e9)).toBe(true);
      expect(known?.matches('bob', 1)).toBe(false);
    });

    test.each([0, 0.5, 9_007_199_254_740_991, 1e300])('a value of %d is kept exactly', async (value) => {
      const known = await fixture.second.find(await note({ value }));
      expect(known?.matches('ann', value)).toBe(true);
      expect(known?.matches('ann', value + 1 === value ? value / 2 : value + 1)).toBe(false);
    });

    test('a reward without a user is nobody’s', async () => {
      const known = await fixture.second.find(await note({ userId: null }));
      expect(known).not.toBeNull();
      expect(known?.matches('ann', 20)).toBe(false);
      expect(known?.matches('', 20)).toBe(false);
    });

    test('is known by each of its ids, and not by their parts', async () => {
      const ids = [newId(), `${newId()} "ü" \n 🔑`, 'x'.repeat(5_000) + newId()];
      await fixture.first.note({ ids: [...ids, '', ids[0] ?? ''], userId: 'ann', value: 20, at: new Date() });
      for (const id of ids) {
        expect((await fixture.second.find(id))?.matches('ann', 20)).toBe(true);
        expect(await fixture.second.find(id.slice(1))).toBeNull();
      }
      expect(await fixture.second.find('')).toBeNull();
    });

    test('noting it again with an older time does not shorten how long it is known', async () => {
      const id = newId();
      const reward = { ids: [id], userId: 'ann', value: 20 };
      await fixture.first.note({ ...reward, at: new Date() });
      await fixture.first.note({ ...reward, at: new Date(Date.now() - 90 * DAY_MS + 1_000) });
      expect((await fixture.second.find(id))?.matches('ann', 20)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      expect((await fixture.second.find(id))?.matches('ann', 20)).toBe(true);
    });

    test('what was never noted is not known', async () => {
      expect(await fixture.first.find(newId())).toBeNull();
    });

    test('noting again is harmless; an id that several players got fits each of them', async () => {
      const id = newId();
      for (const userId of ['ann', 'bob', 'ann'])
        await fixture.first.note({ ids: [id], userId, value: userId === 'ann' ? 20 : 30, at: new Date() });
      const known = await fixture.second.find(id);
      expect(known?.matches('ann', 20)).toBe(true);
      expect(known?.matches('bob', 30)).toBe(true);
      expect(known?.matches('bob', 20)).toBe(false);
      expect(known?.matches('cid', 20)).toBe(false);
    });

    test('is kept for 90 days', async () => {
      const old = await note({ at: new Date(Date.now() - 89 * DAY_MS) });
      const older = await note({ at: new Date(Date.now() - 91 * DAY_MS) });
      expect((await fixture.second.find(old))?.matches('ann', 20)).toBe(true);
      expect(await fixture.second.find(older)).toBeNull();
    });

    test('many at once, all of them known', async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => note()));
      const shared = [newId(), newId()];
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          fixture.first.note({
            ids: n % 2 === 0 ? shared : [...shared].reverse(),
            userId: `user-${n}`,
            value: n,
            at: new Date(),
          }),
        ),
      );
      const found = await Promise.all(ids.map((id) => fixture.second.find(id)));
      expect(found.every((known) => known?.matches('ann', 20) === true)).toBe(true);
      for (const id of shared) {
        const known = await fixture.second.find(id);
        expect(Array.from({ length: 20 }, (_, n) => known?.matches(`user-${n}`, n))).not.toContain(false);
      }
    });

    test('holds digests only', async () => {
      const id = await note({ userId: 'a player with a name' });
      const known = await fixture.first.find(id);
      for (const text of [
        await fixture.dump(),
        inspect(fixture.first, { depth: 8, showHidden: true }),
        inspect(known, { depth: 8, showHidden: true }),
      ]) {
        expect(text).not.toContain('a player with a name');
        expect(text).not.toContain(id);
      }
    });
  });
}
