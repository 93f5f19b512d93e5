import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describeFault, preventsProcessing, type FaultQueue } from './faults.js';
import type { HostGuard } from './http/hosts.js';
import { readBody } from './http/read-body.js';
import { respond, respondFaultily } from './http/respond.js';
import { refusal, type Answer, type Exchange, type Route } from './http/route.js';
import type { Router } from './http/router.js';
import type { Recorder } from './recorder.js';
import type { Fault, RequestKind } from './types.js';

/** What the server needs to answer. */
export interface ServerParts {
  readonly hosts: HostGuard;
  readonly router: Router;
  readonly faults: FaultQueue;
  readonly recorder: Recorder;
  /** The longest body of a route that has no limit of its own. */
  readonly maxBodyBytes: number;
}

const NO_PARAMS: readonly string[] = [];
const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/json\s*(?:;|$)/i.test(contentType);

function parseJson(text: string, contentType: string | undefined): unknown {
  if (!isJson(contentType)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The HTTP server: guards, routes, reads, records, answers, and breaks what it was told to break. */
export function createSandboxServer(parts: ServerParts): Server {
  return createServer((request, response) => receive(parts, request, response));
}

/** The path and query of a request's target, which proxies write as a whole address. */
function readTarget(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

function receive(parts: ServerParts, request: IncomingMessage, response: ServerResponse): void {
  const { method = '' } = request;
  const url = readTarget(request.url ?? '');
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const match = parts.router.find(method, path);
  const isAllowed = parts.hosts.allows(request);
  // Nothing is kept of what a stranger sends, and of a route's own body no more than it takes.
  const maxBytes = isAllowed ? (match.route?.maxBodyBytes ?? parts.maxBodyBytes) : 0;
  readBody(request, maxBytes, (text) => {
    const exchange: Exchange = {
      method,
      path,
      query: mark < 0 ? '' : url.slice(mark),
      at: new Date(),
      startedMs: performance.now(),
      params: match.route === null ? NO_PARAMS : match.params,
      headers: request.headers,
      text: text ?? '',
      origin: parts.hosts.describeOrigin(request),
      json: parseJson(text ?? '', request.headers['content-type']),
      request,
      response,
    };
    const { route } = match;
    if (!isAllowed) return finish(parts, exchange, 'unknown', refusal(403, 'this Host is not one of the sandbox'));
    if (route === null) return finish(parts, exchange, 'unknown', unknownRoute(match.allow));
    if (route.sameOriginOnly && parts.hosts.isCrossSite(request))
      return finish(parts, exchange, 'page', refusal(403, 'a page of another site sent this'));
    if (text === null) {
      const tooLong = refusal(413, `the body is longer than ${maxBytes} bytes`, { headers: route.refusalHeaders });
      return finish(parts, exchange, 'unknown', tooLong);
    }
    answer(parts, exchange, route);
  });
}

function answer(parts: ServerParts, exchange: Exchange, route: Route): void {
  const fault = route.faulty ? parts.faults.next() : null;
  if (fault !== null && preventsProcessing(fault)) return finish(parts, exchange, route.kind(exchange), null, fault);
  handle(parts, exchange, route, fault);
}

function unknownRoute(allow: readonly string[]): Answer {
  if (allow.length === 0) return refusal(404, 'the sandbox has nothing at this path');
  return refusal(405, `this path takes ${allow.join(' or ')}`, { headers: { allow: allow.join(', ') } });
}

function handle(parts: ServerParts, exchange: Exchange, route: Route, fault: Fault | null): void {
  const done = (result: Answer | null): void => {
    if (result === null) return;
    if (route.recorded) finish(parts, exchange, route.kind(exchange), result, fault);
    else respond(exchange.response, result);
  };
  const failed = (): void =>
    done({ ...refusal(500, 'the sandbox failed to answer this'), verdict: 'failed: an error in the sandbox' });
  try {
    const result = route.handle(exchange);
    // Nothing is awaited that is not a promise: API routes answer in the same turn.
    if (result instanceof Promise) result.then(done, failed);
    else done(result);
  } catch {
    failed();
  }
}

/** Records, then answers: whoever has an answer finds it in the record. */
function finish(
  parts: ServerParts,
  exchange: Exchange,
  kind: RequestKind,
  result: Answer | null,
  fault: Fault | null = null,
): void {
  const { method, path, query, headers, text, json, response } = exchange;
  const what = fault === null ? '' : `fault: ${describeFault(fault)}`;
  const entry = {
    at: exchange.at,
    kind,
    method,
    path,
    query,
    headers,
    body: json ?? (text === '' ? null : text),
    verdict: result === null ? what : what === '' ? result.verdict : `${result.verdict} (${what})`,
    advice: result?.advice ?? [],
    status: findStatus(result, fault),
    // Pages are no answers that anybody would look up.
    answer: kind === 'page' || kind === 'script' ? '' : (result?.body ?? ''),
  };
  const recorded = parts.recorder.request(entry, text.length + entry.answer.length);
  response.once('close', () => parts.recorder.answered(recorded, performance.now() - exchange.startedMs));
  if (fault === null && result !== null) respond(response, result);
  else if (fault !== null) respondFaultily(response, result, fault);
}

function findStatus(result: Answer | null, fault: Fault | null): number | null {
  if (fault?.kind === 'status') return fault.status;
  if (fault?.kind === 'redirect') return 307;
  if (fault?.kind === 'reset') return null;
  return fault?.kind === 'garbage' ? 200 : (result?.status ?? null);
}
