import { KiipConfigError, KiipValidationError } from '../../../errors/index.js';
import { jsonAnswer, type Answer } from '../../http/route.js';
import type { Delivery, Fault } from '../../types.js';
import type { PageContext } from '../page-context.js';
import { redeemReward } from '../reward/redeem.js';
import type { Outcome } from './types.js';

type Input = Readonly<Record<string, unknown>>;

const done = (message: string): Outcome => ({ ok: true, message });

function tellDelivery({ type, delivered, status, attempts }: Delivery): Outcome {
  const what = type === 'redemption' ? 'Redemption' : 'Issuance';
  const answer = status === null ? 'no answer' : `answered ${status}`;
  return {
    ok: delivered,
    message: `${what} ${delivered ? 'delivered' : 'not delivered'}: ${answer}, ${attempts} attempt${attempts === 1 ? '' : 's'}.`,
  };
}

async function redeem(context: PageContext, id: string): Promise<Outcome> {
  const reward = context.state.rewards.find(id);
  if (reward === undefined) return { ok: false, message: 'The sandbox no longer has this reward.' };
  const delivery = await redeemReward(context, reward);
  return delivery === null
    ? done('Redeemed, without a callback: there is nothing to pay or nowhere to send it.')
    : tellDelivery(delivery);
}

function settings({ state }: PageContext, { fillRate, rewardName, nativeUrl }: Input): Outcome {
  if (typeof fillRate === 'number') state.fillRate = fillRate;
  if (typeof rewardName === 'string') state.rewardName = rewardName === '' ? null : rewardName;
  if (typeof nativeUrl === 'string') state.nativeUrl = nativeUrl === '' ? null : nativeUrl;
  return done('These settings apply to the next moments.');
}

function arm({ state }: PageContext, { fault, times }: Input): Outcome {
  state.faults.arm(fault as Fault, times as number);
  return done('Armed: it hits the next API request.');
}

/** Runs the action of an inspector's button. An error becomes the button's message. */
export async function act(context: PageContext, action: string, id: string, json: unknown): Promise<Answer> {
  const input: Input = typeof json === 'object' && json !== null ? (json as Input) : {};
  const actions: Record<string, () => Outcome | Promise<Outcome>> = {
    redeem: () => redeem(context, id),
    issue: async () => tellDelivery(await context.callbacks.issue(id)),
    settings: () => settings(context, input),
    arm: () => arm(context, input),
    reset: () => (context.sandbox.reset(), done('Everything is forgotten.')),
    disarm: () => (context.state.faults.clear(), done('All faults are disarmed.')),
  };
  try {
    const outcome = await actions[action]?.();
    return jsonAnswer(200, outcome, 'inspector');
  } catch (error) {
    if (!(error instanceof KiipConfigError) && !(error instanceof KiipValidationError)) throw error;
    return jsonAnswer(400, { ok: false, message: error.message } satisfies Outcome, 'inspector');
  }
}
