import { checkCallOptions } from '../../check/check-options.js';
import { isKiipError, KiipValidationError } from '../../errors/index.js';
import * as z from '../../zod.js';
import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../http/route.js';
import type { IssueOptions, KaminariVerdict, RedeemOptions, Sandbox } from '../sandbox.js';
import type { Fault } from '../faults.js';

/** Headers of every answer, which may hold players' data. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

type Input = Readonly<Record<string, unknown>>;
type Work = (input: Input) => unknown;

const DONE = { ok: true };

/**
 * Offers everything that {@link Sandbox} can do as JSON over HTTP, for tests in other languages. Like the inspector, it refuses any
 * request that a browser sends from another site.
 */
export function controlRoutes(sandbox: Sandbox): Route[] {
  const route = (method: Route['method'], name: string, handle: Route['handle']): Route => ({
    method,
    path: `/_sandbox/${name}`,
    kind: () => 'page',
    faulty: false,
    recorded: false,
    sameOriginOnly: true,
    handle,
  });
  const get = (name: string, work: Work): Route =>
    route('GET', name, ({ query }) => answer(work, Object.fromEntries(new URLSearchParams(query))));
  const post = (name: string, work: Work): Route => route('POST', name, (exchange) => answerPost(work, exchange));
  return [
    get('info', () => ({ name: 'kiip-s2s sandbox', url: sandbox.url, appKey: sandbox.appKey })),
    get('requests', () => sandbox.requests),
    get('rewards', () => sandbox.rewards),
    get('deliveries', () => sandbox.deliveries),
    get('kaminari', () => ({
      statistics: sandbox.kaminari.statistics(),
      conversions: sandbox.kaminari.conversions(),
    })),
    get('compliance', (input) => findCompliance(sandbox, input)),
    post(
      'reset',
      only([], () => done(() => sandbox.reset())),
    ),
    post(
      'fail',
      only(['fault', 'times'], ({ fault, times = 1 }) => done(() => sandbox.failNext(fault as Fault, times as number))),
    ),
    post('redeem', ({ rewardId, ...options }) => sandbox.redeem(String(rewardId), options as RedeemOptions)),
    post('issue', ({ rewardId, ...options }) => sandbox.issue(String(rewardId), options as IssueOptions)),
    post(
      'replay',
      only(['id'], ({ id }) => replay(sandbox, id)),
    ),
    post(
      'answer-not-yet',
      only(['times'], ({ times = 1 }) => done(() => sandbox.kaminari.answerNotYet(times as number))),
    ),
    post('answer-verdict', (verdict) =>
      done(() => sandbox.kaminari.answerVerdict(verdict as unknown as KaminariVerdict)),
    ),
    post(
      'advance',
      only(['ms'], ({ ms }) => done(() => sandbox.kaminari.advance(ms as number))),
    ),
  ];
}

/** Refuses an input that has other fields. Redemptions, issuances and verdicts check theirs themselves. */
function only(fields: readonly string[], work: Work): Work {
  const schema = z.strictObject(Object.fromEntries(fields.map((field) => [field, z.optional(z.unknown())])));
  return (input) => {
    checkCallOptions(schema, input);
    return work(input);
  };
}

function done(work: () => void): object {
  work();
  return DONE;
}

class NotFound extends Error {}

function findCompliance(sandbox: Sandbox, { userId, deviceId }: Input): unknown {
  const issues = Object.entries({ userId, deviceId })
    .filter(([, id]) => id === undefined || id === '')
    .map(([path]) => ({ path, message: 'is required in the query' }));
  if (issues.length > 0) throw new KiipValidationError(issues);
  return sandbox.compliance(String(userId), String(deviceId));
}

function replay(sandbox: Sandbox, id: unknown): unknown {
  const delivery = sandbox.deliveries.find((one) => one.id === id);
  if (delivery === undefined) throw new NotFound('the sandbox has no delivery with this id');
  return sandbox.replay(delivery);
}

function answerPost(work: Work, { text, json }: Exchange): Promise<Answer> | Answer {
  if (text !== '' && (typeof json !== 'object' || json === null || Array.isArray(json)))
    return refusal(400, 'the body must be a JSON object, with content-type: application/json');
  return answer(work, (json ?? {}) as Input);
}

/** Answers a wrong option with its message, which says how to fix it. */
async function answer(work: Work, input: Input): Promise<Answer> {
  try {
    return { ...jsonAnswer(200, await work(input), 'control'), headers: HEADERS };
  } catch (error) {
    if (error instanceof NotFound) return refusal(404, error.message, { headers: HEADERS });
    if (isKiipError(error)) return refusal(400, error.message, { headers: HEADERS });
    throw error;
  }
}
