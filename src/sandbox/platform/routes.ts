import { momentPayloadSchema, sessionPayloadSchema } from '../../request/payload-schema.js';
import { isInEea } from '../../request/places.js';
import { hidesCloseButton } from '../../request/rules.js';
import type * as z from '../../zod.js';
import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../http/route.js';
import type { SandboxState } from '../state.js';
import type { RequestKind } from '../types.js';
import { explain } from './explain.js';
import { rewardAnswer } from './reward-answer.js';
import { wireDate } from './wire-date.js';

type Session = z.output<typeof sessionPayloadSchema>;
type Moment = z.output<typeof momentPayloadSchema>;

const PATHS = ['/2.0/server/moment/', '/2.0/server/moment', '/2.0/server/session/', '/2.0/server/session'];

/** The session and moment endpoint. Either path takes both, with and without the trailing slash (PROTOCOL K1). */
export function platformRoutes(state: SandboxState): Route[] {
  const kind = ({ json }: Exchange): RequestKind => (isMoment(json) ? 'moment' : 'session');
  const handle = (exchange: Exchange): Answer => receive(state, exchange);
  return PATHS.map((path) => ({
    method: 'POST',
    path,
    kind,
    faulty: true,
    recorded: true,
    sameOriginOnly: false,
    handle,
  }));
}

/** A moment says which one it is; what only carries `events` is a session. */
const isMoment = (body: unknown): boolean => typeof body === 'object' && body !== null && 'moment' in body;

function receive(state: SandboxState, { json }: Exchange): Answer {
  if (json === undefined) return refusal(400, 'the body must be JSON, with content-type: application/json');
  // The check of the schema comes first: a wrong key in a wrong place should be told as such.
  const result = isMoment(json) ? momentPayloadSchema.safeParse(json) : sessionPayloadSchema.safeParse(json);
  if (!result.success)
    return refusal(400, 'the payload breaks the documents', { issues: explain(json, result.error.issues) });
  const payload: Session | Moment = result.data;
  if (state.acceptedKey !== null && payload.app.app_key !== state.acceptedKey) {
    return refusal(401, 'app.app_key is not the key this sandbox was started with');
  }
  return 'moment' in payload ? answerMoment(state, payload as Moment) : answerSession(payload);
}

function answerSession({ events, event }: Session): Answer {
  const ids = (events ?? event ?? []).map(({ id }) => id);
  return jsonAnswer(200, { date: wireDate(new Date()) }, `session: ${ids.join(', ')}`);
}

function answerMoment(state: SandboxState, payload: Moment): Answer {
  const { location, test: isTest } = payload;
  const isEea = location !== undefined && isInEea(location);
  const now = new Date();
  // Test mode always rewards (PROTOCOL K9), so the region and the fill rate decide live moments only.
  if (!isTest && isEea) return noReward(now, 'the location is in the EEA');
  if (!isTest && !state.fills()) return noReward(now, 'fill rate');
  const reward = state.rewards.handOut(
    state.url,
    {
      momentId: payload.moment.id,
      isTest,
      locale: payload.device.locale,
      sdkVersion: payload.sdk_version,
      userId: payload.user?.userid ?? null,
      emailAddress: payload.email_address ?? null,
      name: state.rewardName,
      nativeUrl: state.nativeUrl,
      closeButton: !hidesCloseButton(payload.close_button),
    },
    now,
  );
  state.recorder.tell({ type: 'reward', reward });
  const verdict =
    isTest && isEea ? 'moment: reward (a live one would get none: the location is in the EEA)' : 'moment: reward';
  return jsonAnswer(200, rewardAnswer(state.url, reward), verdict);
}

/** The documents do not show the answer without a reward; this is one of the shapes of PROTOCOL K18. */
const noReward = (now: Date, reason: string): Answer =>
  jsonAnswer(200, { date: wireDate(now) }, `moment: no reward (${reason})`);
