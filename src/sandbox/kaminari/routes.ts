import type * as z from '../../zod.js';
import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../http/route.js';
import { COLLECTOR_SCRIPT } from '../pages/browser-scripts.js';
import { explain } from '../platform/explain.js';
import type { SandboxState } from '../state.js';
import type { RequestKind } from '../records.js';
import { missingMandatory, pingtestErrors, visitorHeaders } from './headers.js';
import { collectSchema, conversionSchema, pingSchema } from './schemas.js';

/** Headers for the script's record, which comes from another origin: the game's own pages. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
};

/** Every site may post to the collector, so it accepts no more than the script sends. */
const MAX_RECORD_BYTES = 8 * 1024;

/** Kaminari's endpoints: ping, ping test, conversion, script, and the script's collector (PROTOCOL M1–M12). */
export function kaminariRoutes(state: SandboxState): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    kind: RequestKind,
    handle: (exchange: Exchange) => Answer,
    more: Partial<Route> = {},
  ): Route => ({
    method,
    path,
    kind: () => kind,
    faulty: true,
    recorded: true,
    sameOriginOnly: false,
    handle,
    ...more,
  });
  const ofPages = { faulty: false, maxBodyBytes: MAX_RECORD_BYTES, refusalHeaders: CORS };
  return [
    route('POST', '/v2/ping', 'ping', (exchange) => ping(state, exchange)),
    route('POST', '/v1/pingtest', 'pingtest', pingtest),
    route('GET', '/v1/conversion', 'conversion', (exchange) => conversion(state, exchange)),
    route(
      'GET',
      '/v1/script.js',
      'script',
      () => ({
        status: 200,
        body: COLLECTOR_SCRIPT,
        contentType: 'text/javascript; charset=utf-8',
        headers: { 'cross-origin-resource-policy': 'cross-origin' },
        verdict: 'script',
      }),
      ofPages,
    ),
    route('POST', '/v1/collect', 'collect', (exchange) => collect(state, exchange), ofPages),
    route(
      'OPTIONS',
      '/v1/collect',
      'collect',
      () => ({ status: 204, body: '', headers: CORS, verdict: 'collect: preflight' }),
      ofPages,
    ),
  ];
}

type PingReading =
  | { readonly kind: 'refused'; readonly answer: Answer }
  | { readonly kind: 'ping'; readonly fields: z.output<typeof pingSchema> };

function readPing(json: unknown): PingReading {
  if (json === undefined)
    return { kind: 'refused', answer: refusal(400, 'the body must be JSON, with content-type: application/json') };
  const result = pingSchema.safeParse(json);
  return result.success
    ? { kind: 'ping', fields: result.data }
    : {
        kind: 'refused',
        answer: refusal(400, 'the ping does not follow the document', { issues: explain(json, result.error.issues) }),
      };
}

const withMissing = (verdict: string, { headers }: Exchange): string => {
  const missing = missingMandatory(headers);
  return missing.length === 0 ? verdict : `${verdict} (mandatory headers missing or empty: ${missing.join(', ')})`;
};

function ping({ kaminari }: SandboxState, exchange: Exchange): Answer {
  const reading = readPing(exchange.json);
  if (reading.kind === 'refused') return reading.answer;
  const { fields } = reading;
  if (kaminari.takeNotYet()) return { status: 204, body: '', verdict: 'ping: not yet' };
  const facts = { ...fields, headers: visitorHeaders(exchange.headers) };
  const result = kaminari.pairing.add('ping', fields.kmnrId, fields.kmnrKey, facts);
  return jsonAnswer(200, {}, withMissing(`ping: ${result}`, exchange));
}

function pingtest(exchange: Exchange): Answer {
  const reading = readPing(exchange.json);
  if (reading.kind === 'refused') return reading.answer;
  return jsonAnswer(200, { errors: pingtestErrors(exchange.headers) }, withMissing('pingtest', exchange));
}

function conversion(state: SandboxState, { query }: Exchange): Answer {
  const given = Object.fromEntries(new URLSearchParams(query));
  const result = conversionSchema.safeParse(given);
  if (!result.success)
    return refusal(400, 'the conversion does not follow the document', { issues: explain(given, result.error.issues) });
  const { kmnrKey, cnvId, status, payout = null, currency = null, ...subs } = result.data;
  const { kaminari, rewards } = state;
  const tags = subs as Record<string, string>;
  const reward = [cnvId, ...Object.values(tags)].map((id) => rewards.find(id)).find((found) => found !== undefined);
  const record = {
    kmnrKey,
    cnvId,
    status,
    payout,
    currency,
    subs: tags,
    rewardId: reward?.id ?? null,
    kmnrId: kaminari.reported.findImpression(kmnrKey, cnvId),
    at: new Date(kaminari.pairing.now()),
  };
  kaminari.reported.add(record);
  state.recorder.tell({ type: 'conversion', conversion: record });
  const pairs = [
    ...(record.rewardId === null ? [] : ['with a reward']),
    ...(record.kmnrId === null ? [] : ['with an impression']),
  ];
  return jsonAnswer(200, {}, `conversion: ${status}${pairs.length === 0 ? '' : `, ${pairs.join(' and ')}`}`);
}

function collect({ kaminari }: SandboxState, { json }: Exchange): Answer {
  const result = collectSchema.safeParse(json);
  if (!result.success) {
    const issues = explain(json, result.error.issues);
    return refusal(400, 'the browser record is not valid', { issues, headers: CORS });
  }
  const { kmnrId, kmnrKey, cnvId } = result.data;
  if (cnvId !== undefined) kaminari.reported.noteImpression(kmnrKey, cnvId, kmnrId);
  const outcome = kaminari.pairing.add('browser', kmnrId, kmnrKey, result.data);
  return { ...jsonAnswer(200, kaminari.verdict, `browser record: ${outcome}`), headers: CORS };
}
