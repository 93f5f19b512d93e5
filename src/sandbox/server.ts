import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseUrl } from '../check/base-url.js';
import { describeFault, type Fault, type FaultQueue, preventsProcessing } from './faults.js';
import type { HostGuard } from './http/hosts.js';
import { readBody } from './http/read-body.js';
import { respond, respondFaultily } from './http/respond.js';
import { refusal, type Answer, type Exchange, type Route } from './http/route.js';
import type { Router } from './http/router.js';
import type { Recorder } from './recorder.js';
import type { RequestKind } from './records.js';

/** The parts of a server. */
export interface ServerParts {
  readonly hosts: HostGuard;
  readonly router: Router;
  readonly faults: FaultQueue;
  readonly recorder: Recorder;
  /** The longest body, in bytes, of a route without its own limit. */
  readonly maxBodyBytes: number;
}

const NO_PARAMS: readonly string[] = [];
const UNKNOWN_HOST = 'the sandbox does not know this Host: allow it with allowedHosts (--allowed-host)';
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

/** Creates the HTTP server: it guards, routes, reads, records and answers requests, and applies armed faults. */
export function createSandboxServer(parts: ServerParts): Server {
  return createServer((request, response) => receive(parts, request, response));
}

/** Reads the path and query of a request's target; proxies send a whole URL. */
function readTarget(target: string): string {
  const url = /^https?:\/\//i.test(target) ? parseUrl(target) : null;
  return url === null ? target : url.pathname + url.search;
}

function receive(parts: ServerParts, request: IncomingMessage, response: ServerResponse): void {
  const { method = '' } = request;
  const url = readTarget(request.url ?? '');
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const match = parts.router.find(method, path);
  const isAllowed = parts.hosts.allows(request);
  // Keep nothing of a refused request, and of other requests no more than the route accepts.
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
    if (!isAllowed) return finish(parts, exchange, 'unknown', refusal(403, UNKNOWN_HOST));
    if (route === null) return finish(parts, exchange, 'unknown', unknownRoute(match.allow));
    if (route.sameOriginOnly && parts.hosts.isCrossSite(request))
      return finish(parts, exchange, 'page', refusal(403, 'a page of another site sent this request'));
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
    done({ ...refusal(500, 'the sandbox failed to answer this request'), verdict: 'failed: an error in the sandbox' });
  try {
    const result = route.handle(exchange);
    // Await only promises, so that API routes answer in the same turn.
    if (result instanceof Promise) result.then(done, failed);
    else done(result);
  } catch {
    failed();
  }
}

/** Records before answering, so that a caller that has the answer finds the request in the record. */
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
    // Do not record pages and scripts: nobody looks them up.
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
