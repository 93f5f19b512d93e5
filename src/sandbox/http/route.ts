import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestKind } from '../types.js';

/** A request that was read to its end. */
export interface Exchange {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** From its `?`; empty without one. */
  readonly query: string;
  /** What the groups of the route's pattern matched, decoded. */
  readonly params: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The value of a JSON body; `undefined` when it is none. */
  readonly json: unknown;
  /** For a route that answers by itself, such as a stream of events. */
  readonly response: ServerResponse;
  readonly request: IncomingMessage;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** @default 'application/json' */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What became of the request, in words, for the record. */
  readonly verdict: string;
}

/** One address of the sandbox. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'OPTIONS';
  /** A string is compared with the whole path; a pattern has to be anchored. */
  readonly path: string | RegExp;
  kind(exchange: Exchange): RequestKind;
  /** Whether armed faults apply. */
  readonly faulty: boolean;
  /** Whether requests show up in `sandbox.requests`. */
  readonly recorded: boolean;
  /** Refuse what a browser sends from another site. */
  readonly sameOriginOnly: boolean;
  /** `null`: the route takes care of the response itself (and is then neither recorded nor faulty). */
  handle(exchange: Exchange): Answer | null | Promise<Answer | null>;
}

/** A JSON answer. */
export const jsonAnswer = (status: number, value: unknown, verdict: string): Answer => ({
  status,
  body: JSON.stringify(value),
  verdict,
});

/** A refusal: the reason goes to the caller and into the record. The platform's own error bodies are undocumented; this shape is ours. */
export function refusal(
  status: number,
  reason: string,
  extra: { issues?: readonly string[]; headers?: Record<string, string> } = {},
): Answer {
  const error = { message: reason, ...(extra.issues && { issues: extra.issues }) };
  const answer = jsonAnswer(status, { error }, `rejected: ${extra.issues?.join('; ') ?? reason}`);
  return extra.headers === undefined ? answer : { ...answer, headers: extra.headers };
}
