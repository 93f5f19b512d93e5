import * as z from '../../zod.js';
import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../http/route.js';
import { explain } from '../platform/explain.js';
import type { RequestKind } from '../types.js';
import { missingMandatory, pingtestErrors, visitorHeaders } from './headers.js';
import type { Pairing } from './pairing.js';
import { COLLECTOR_SCRIPT } from '../pages/browser-scripts.js';

const ids = {
  kmnrId: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters'),
  kmnrKey: z.string().min(1),
};
const sub = z.string().optional();
const pingSchema = z.strictObject({
  ...ids,
  sub1: sub,
  sub2: sub,
  sub3: sub,
  sub4: sub,
  sub5: sub,
  sub6: sub,
  sub7: sub,
});
const collectSchema = z.looseObject(ids);

/** The script runs on the game's own pages, so its record comes from another origin. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
};

/** What the routes share: the pairing, and how many pings are still answered "not yet". */
export interface KaminariSide {
  readonly pairing: Pairing;
  notYet: number;
}

/** Kaminari's side: ping, ping test, script, and where the script posts to (PROTOCOL M1–M8). */
export function kaminariRoutes(side: KaminariSide): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    kind: RequestKind,
    faulty: boolean,
    handle: (exchange: Exchange) => Answer,
  ): Route => ({ method, path, kind: () => kind, faulty, recorded: true, sameOriginOnly: false, handle });
  return [
    route('POST', '/v2/ping', 'ping', true, (exchange) => ping(side, exchange)),
    route('POST', '/v1/pingtest', 'pingtest', true, pingtest),
    route('GET', '/v1/script.js', 'script', false, () => ({
      status: 200,
      body: COLLECTOR_SCRIPT,
      contentType: 'text/javascript; charset=utf-8',
      headers: { 'cross-origin-resource-policy': 'cross-origin' },
      verdict: 'script',
    })),
    route('POST', '/v1/collect', 'collect', false, (exchange) => collect(side, exchange)),
    route('OPTIONS', '/v1/collect', 'collect', false, () => ({
      status: 204,
      body: '',
      headers: CORS,
      verdict: 'collect: preflight',
    })),
  ];
}

function check(json: unknown): Answer | z.output<typeof pingSchema> {
  if (json === undefined) return refusal(400, 'the body must be JSON, with content-type: application/json');
  const result = pingSchema.safeParse(json);
  return result.success
    ? result.data
    : refusal(400, 'the ping breaks the document', { issues: explain(json, result.error.issues) });
}

const withMissing = (verdict: string, { headers }: Exchange): string => {
  const missing = missingMandatory(headers);
  return missing.length === 0 ? verdict : `${verdict} (missing or empty, though mandatory: ${missing.join(', ')})`;
};

function ping(side: KaminariSide, exchange: Exchange): Answer {
  const fields = check(exchange.json);
  if ('verdict' in fields) return fields;
  if (side.notYet > 0) {
    side.notYet -= 1;
    return { status: 204, body: '', verdict: 'ping: not yet' };
  }
  const result = side.pairing.add('ping', fields.kmnrId, fields.kmnrKey, {
    ...fields,
    headers: visitorHeaders(exchange.headers),
  });
  return jsonAnswer(200, {}, withMissing(`ping: ${result}`, exchange));
}

function pingtest(exchange: Exchange): Answer {
  const fields = check(exchange.json);
  if ('verdict' in fields) return fields;
  return jsonAnswer(200, { errors: pingtestErrors(exchange.headers) }, withMissing('pingtest', exchange));
}

function collect(side: KaminariSide, { json }: Exchange): Answer {
  const result = collectSchema.safeParse(json);
  if (!result.success) {
    return refusal(400, 'the browser record lacks its ids', {
      issues: explain(json, result.error.issues),
      headers: CORS,
    });
  }
  const outcome = side.pairing.add('browser', result.data.kmnrId, result.data.kmnrKey, result.data);
  return { status: 204, body: '', headers: CORS, verdict: `browser record: ${outcome}` };
}
