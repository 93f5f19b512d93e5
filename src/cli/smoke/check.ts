import type { KiipClient } from '../../client/kiip-client.js';
import type { DeviceContext, Platform } from '../../request/context.js';
import type { MomentOutcome, Reward } from '../../response/moment.js';
import type { SessionReceipt } from '../../response/session.js';
import { checkRedemption } from './redemption.js';
import { fetchRewardPage } from './reward-page.js';
import { failed, passed, Steps, type StepListener, type StepReport, type StepResult } from './steps.js';
import type { Target } from './target.js';

/** The names of the checks in the report. */
export const STEP = {
  start: 'session start',
  moment: 'test moment',
  reward: 'reward parsed',
  page: 'reward page fetched',
  redemption: 'redemption callback verified, credited once, replay refused',
  end: 'session end',
} as const;

export interface CheckOptions {
  readonly client: KiipClient<Platform>;
  readonly target: Target;
  readonly context: DeviceContext<Platform>;
  readonly listener: StepListener;
  /** Aborts when the user stops the check. The session is still ended. */
  readonly stop: AbortSignal;
}

/**
 * Whether the reward can be redeemed: only in the embedded sandbox, and only for a player with a user id, who can get
 * virtual currency.
 */
export const hasCallbacks = ({ embedded }: Target, { user }: DeviceContext<Platform>): boolean =>
  embedded !== null && user?.userId !== undefined;

export interface CheckResult {
  readonly steps: readonly StepReport[];
  readonly reward: Reward | null;
  /** The moment's outcome, or the error of the call that failed, for `adviseOnOutcome`. */
  readonly answer: unknown;
}

/**
 * Checks the whole way of a reward. Skips what depends on a failed check, and always ends a session that was started.
 */
export async function checkEverything(options: CheckOptions): Promise<CheckResult> {
  const { client, context, listener, stop } = options;
  const steps = new Steps(listener);
  const session = client.session(context);
  const started = await steps.run(STEP.start, async () => describeReceipt(await session.start({ signal: stop })));
  if (started === null) return { steps: steps.reports, reward: null, answer: steps.thrown };
  try {
    return { steps: steps.reports, ...(await checkReward(options, steps)) };
  } finally {
    await steps.run(STEP.end, async () => describeReceipt(await session.end()));
  }
}

async function checkReward(
  { client, target, context, stop }: CheckOptions,
  steps: Steps,
): Promise<Omit<CheckResult, 'steps'>> {
  const outcome = await steps.run(STEP.moment, async () => {
    const value = await client.moment(target.momentId, context, { signal: stop });
    return passed(value, value.rewarded ? 'rewarded' : 'answered');
  });
  if (outcome === null) return { reward: null, answer: steps.thrown };
  const reward = await steps.run(STEP.reward, () => readReward(outcome));
  if (reward === null) return { reward, answer: outcome };
  const { embedded } = target;
  await steps.run(STEP.page, () => fetchRewardPage(reward.bodyUrl.href, target, stop));
  if (embedded !== null && hasCallbacks(target, context))
    await steps.run(STEP.redemption, () => checkRedemption(embedded, reward, stop));
  return { reward, answer: outcome };
}

const describeReceipt = (value: SessionReceipt): StepResult<SessionReceipt> =>
  passed(value, value.date === null ? 'accepted; the answer has no date' : `accepted at ${value.date.toISOString()}`);

function readReward(outcome: MomentOutcome): StepResult<Reward> {
  if (!outcome.rewarded)
    return failed(
      'The answer has no reward, though a test moment always gets one: check that KIIP_MOMENT_ID is one of the app’s moments.',
    );
  const { reward } = outcome;
  const name = reward.notification?.rewardName ?? 'without a notification';
  return passed(reward, reward.isTest ? name : `${name} (not marked as a test reward, though test was true)`);
}
