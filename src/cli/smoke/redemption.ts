import type { Reward } from '../../response/moment.js';
import type { Delivery } from '../../sandbox/index.js';
import type { Embedded } from './embedded.js';
import { failed, passed, type StepResult } from './steps.js';

const TIMEOUT_MS = 5_000;

/**
 * Redeems the reward and checks the game's endpoint, which must credit the signed callback, treat the platform's
 * repetition and a replay of the captured body as duplicates, and refuse a changed body (PROTOCOL K22, K26, K27).
 */
export async function checkRedemption(
  { sandbox, callbackUrl, credits }: Embedded,
  reward: Reward,
  stop: AbortSignal,
): Promise<StepResult<object>> {
  const own = (): number => credits.filter(({ transactionId }) => transactionId === reward.id).length;
  const first = await sandbox.redeem(reward.id, { signal: stop });
  if (first.status !== 200)
    return failed(`The redemption callback was answered ${first.status ?? first.answer}, not 200.`);
  if (own() !== 1) return failed(`The redemption was credited ${own()} times, not once.`);

  const repeated = await sandbox.redeem(reward.id, { signal: stop });
  const replayed = await post(callbackUrl, first, first.body, stop);
  const forged = await post(callbackUrl, first, JSON.stringify({ ...first.fields, quantity: 1_000_000 }), stop);
  const problems = [
    ...listDuplicateProblems('the repeated redemption', repeated.status, repeated.answer),
    ...listDuplicateProblems('the replayed body', replayed.status, replayed.answer),
    ...(forged.status === 401 ? [] : [`a changed body was answered ${forged.status}, not 401`]),
    ...(own() === 1 ? [] : [`the redemption was credited ${own()} times, not once`]),
  ];
  if (problems.length > 0) return failed(`${problems.join('; ')}.`);
  const [credit] = credits.filter(({ transactionId }) => transactionId === reward.id);
  return passed(
    {},
    `${credit?.quantity} ${credit?.name} credited; repetition and replay: duplicate; changed body: 401`,
  );
}

function listDuplicateProblems(what: string, status: number | null, answer: string): string[] {
  return status === 200 && answer.includes('duplicate')
    ? []
    : [`${what} was answered ${status ?? answer}, not 200 duplicate`];
}

async function post(
  url: string,
  { contentType }: Delivery,
  body: string,
  stop: AbortSignal,
): Promise<{ status: number; answer: string }> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body, signal });
  return { status: answer.status, answer: await answer.text() };
}
