import type { KiipClient } from '../../client/kiip-client.js';
import type { DeviceContext, Platform } from '../../request/context.js';
import type { MomentOutcome, Reward } from '../../response/moment.js';
import type { SessionReceipt } from '../../response/session.js';
import { checkRedemption } from './redemption.js';
import { fetchRewardPage } from './reward-page.js';
import { Steps, type StepListener, type StepReport, type StepResult } from './steps.js';
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

/** Whether the reward can be redeemed: only in the sandbox, and only a known player's reward carries virtual currency. */
export const hasCallbacks = ({ embedded }: Target, { user }: DeviceContext<Platform>): boolean =>
  embedded !== null && user?.userId !== undefined;

/** Checks a reward from session to callback. Skips checks that depend on a failed one; always ends a started session. */
export async function checkEverything(
  options: CheckOptions,
): Promise<{ steps: readonly StepReport[]; reward: Reward | null }> {
  const { client, context, listener, stop } = options;
  const steps = new Steps(listener);
  const session = client.session(context);
  const started = await steps.run(STEP.start, async () => describeReceipt(await session.start({ signal: stop })));
  if (started === null) return { steps: steps.reports, reward: null };
  try {
    return { steps: steps.reports, reward: await checkReward(options, steps) };
  } finally {
    await steps.run(STEP.end, async () => describeReceipt(await session.end()));
  }
}

async function checkReward({ client, target, context, stop }: CheckOptions, steps: Steps): Promise<Reward | null> {
  const outcome = await steps.run(STEP.moment, async () => {
    const value = await client.moment(target.momentId, context, { signal: stop });
    return { value, detail: value.rewarded ? 'rewarded' : 'answered' };
  });
  if (outcome === null) return null;
  const reward = await steps.run(STEP.reward, () => readReward(outcome));
  if (reward === null) return null;
  const { embedded } = target;
  await steps.run(STEP.page, () => fetchRewardPage(reward.bodyUrl.href, target.baseUrl, stop));
  if (embedded !== null && hasCallbacks(target, context))
    await steps.run(STEP.redemption, () => checkRedemption(embedded, reward, stop));
  return reward;
}

const describeReceipt = (value: SessionReceipt): StepResult<SessionReceipt> =>
  value.date === null
    ? { value, detail: 'accepted; the answer has no date' }
    : { value, detail: `accepted at ${value.date.toISOString()}` };

function readReward(outcome: MomentOutcome): StepResult<Reward> {
  if (!outcome.rewarded) {
    return {
      failed:
        'There is no reward in the answer, though a test moment always gets one: is KIIP_MOMENT_ID one of the app’s moments?',
    };
  }
  const { reward } = outcome;
  const name = reward.notification?.rewardName ?? 'without a notification';
  return {
    value: reward,
    detail: reward.isTest ? name : `${name} (not marked as a test reward, though test was true)`,
  };
}
