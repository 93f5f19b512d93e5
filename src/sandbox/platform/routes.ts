import { adviseOn } from '../../request/advise.js';
import { momentPayloadSchema, sessionPayloadSchema } from '../../request/payload-schema.js';
import type { MomentPayload, SessionPayload } from '../../request/payload.js';
import { isInEea } from '../../request/places.js';
import { hidesCloseButton } from '../../request/rules.js';
import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../http/route.js';
import type { SandboxState } from '../state.js';
import type { RequestKind, SandboxAdvice } from '../records.js';
import { explain } from './explain.js';
import { consentBatchSchema, isMoment, type Moment, type Session } from './payloads.js';
import { rewardAnswer } from './reward-answer.js';
import { wireDate } from './wire-date.js';

const PATHS = ['/2.0/server/moment/', '/2.0/server/moment', '/2.0/server/session/', '/2.0/server/session'];
const CONSENT_PATHS = ['/ccpaconsent/', '/ccpaconsent'];

const NO_SESSION: SandboxAdvice = {
  code: 'no_session',
  path: 'device.id',
  message: 'has no open session: call startSession when the player joins, and endSession when they leave',
};

/** The platform's endpoints. Both paths accept sessions and moments, with and without the trailing slash (PROTOCOL K1). */
export function platformRoutes(state: SandboxState): Route[] {
  const route = (path: string, kind: Route['kind'], handle: Route['handle']): Route => ({
    method: 'POST',
    path,
    kind,
    faulty: true,
    recorded: true,
    sameOriginOnly: false,
    handle,
  });
  const kind = ({ json }: Exchange): RequestKind => (isMoment(json) ? 'moment' : 'session');
  return [
    ...PATHS.map((path) => route(path, kind, (exchange) => receive(state, exchange))),
    ...CONSENT_PATHS.map((path) =>
      route(
        path,
        () => 'consent',
        (exchange) => receiveConsents(state, exchange),
      ),
    ),
  ];
}

const notJson = (): Answer => refusal(400, 'the body must be JSON, with content-type: application/json');

/** Refuses a key that is not the sandbox's; otherwise returns `null`. */
function refuseKey({ acceptedKey }: SandboxState, appKey: string): Answer | null {
  if (acceptedKey === null || appKey === acceptedKey) return null;
  return refusal(401, 'app.app_key is not the key this sandbox was started with');
}

function receive(state: SandboxState, { json, origin }: Exchange): Answer {
  if (json === undefined) return notJson();
  return isMoment(json) ? receiveMoment(state, json, origin) : receiveSession(state, json);
}

function receiveSession(state: SandboxState, json: unknown): Answer {
  const { success, data, error } = sessionPayloadSchema.safeParse(json);
  if (!success) return refusePayload(json, error);
  return accept(state, data) ?? { ...answerSession(data), advice: adviseOn(data as SessionPayload) };
}

function receiveMoment(state: SandboxState, json: unknown, origin: string): Answer {
  const { success, data, error } = momentPayloadSchema.safeParse(json);
  if (!success) return refusePayload(json, error);
  const refused = accept(state, data);
  if (refused !== null) return refused;
  const advice = adviseOn(data as MomentPayload);
  const hasSession = state.sessions.has(data.device.id);
  return { ...answerMoment(state, data, origin), advice: hasSession ? advice : [NO_SESSION, ...advice] };
}

const refusePayload = (json: unknown, { issues }: { readonly issues: Parameters<typeof explain>[1] }): Answer =>
  refusal(400, 'the payload does not follow the documents', { issues: explain(json, issues) });

/** Notes the consent and the sessions of a valid payload and returns `null`, or refuses its key. */
function accept(state: SandboxState, payload: Session | Moment): Answer | null {
  // Check the key after the schema, so that a misplaced key is reported as misplaced.
  const refused = refuseKey(state, payload.app.app_key);
  if (refused !== null) return refused;
  noteConsent(state, payload);
  state.sessions.note(payload.device.id, payload.events ?? payload.event ?? []);
  return null;
}

/** Stores a consent, unless it has no user id: the platform matches user and device together (PROTOCOL K14). */
function noteConsent(state: SandboxState, { user, device, user_consent_info: consent }: Session | Moment): void {
  if (consent === undefined || user?.userid === undefined) return;
  const { user_compliance: optedOut, state: place = null } = consent;
  state.addConsent({ userId: user.userid, deviceId: device.id, optedOut, state: place, at: new Date() });
}

function receiveConsents(state: SandboxState, { json }: Exchange): Answer {
  if (json === undefined) return notJson();
  const result = consentBatchSchema.safeParse(json);
  if (!result.success)
    return refusal(400, 'the consents do not follow the documents', { issues: explain(json, result.error.issues) });
  const { app, user_consent_info: reports } = result.data;
  const refused = refuseKey(state, app.app_key);
  if (refused !== null) return refused;
  const at = new Date();
  let unmatched = 0;
  for (const { device_id: deviceId, user_id: userId, user_compliance: optedOut, state: place = null } of reports) {
    if (userId === undefined) unmatched += 1;
    else state.addConsent({ userId, deviceId, optedOut, state: place, at });
  }
  const note = unmatched === 0 ? '' : ` (${unmatched} without user_id, which match nobody)`;
  return jsonAnswer(200, { date: wireDate(at) }, `consent: ${reports.length}${note}`);
}

function answerSession({ events, event }: Session): Answer {
  const ids = (events ?? event ?? []).map(({ id }) => id);
  return jsonAnswer(200, { date: wireDate(new Date()) }, `session: ${ids.join(', ')}`);
}

function answerMoment(state: SandboxState, payload: Moment, origin: string): Answer {
  const { location, test: isTest } = payload;
  const isEea = location !== undefined && isInEea(location);
  const now = new Date();
  // Test mode always rewards (PROTOCOL K9), so the region and the fill rate decide live moments only.
  if (!isTest && isEea) return noReward(now, 'the location is in the EEA');
  if (!isTest && !state.fills()) return noReward(now, 'fill rate');
  const reward = state.rewards.handOut(
    origin,
    {
      momentId: payload.moment.id,
      isTest,
      locale: payload.device.locale,
      sdkVersion: payload.sdk_version,
      userId: payload.user?.userid ?? null,
      emailAddress: payload.email_address ?? null,
      name: state.settings.rewardName,
      nativeUrl: state.settings.nativeUrl,
      closeButton: !hidesCloseButton(payload.close_button),
    },
    now,
  );
  state.keepReward(reward);
  const verdict =
    isTest && isEea ? 'moment: reward (a live one would get none: the location is in the EEA)' : 'moment: reward';
  return jsonAnswer(200, rewardAnswer(origin, reward), verdict);
}

/** Builds the answer without a reward. The documents do not show it; this is one of the shapes of PROTOCOL K18. */
const noReward = (now: Date, reason: string): Answer =>
  jsonAnswer(200, { date: wireDate(now) }, `moment: no reward (${reason})`);
