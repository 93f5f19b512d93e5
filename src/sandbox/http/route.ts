import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestKind, SandboxAdvice } from '../types.js';

/** A request that was read to its end. */
export interface Exchange {
  /** When its last byte had arrived. */
  readonly at: Date;
  /** The same on the clock of `performance.now()`. */
  readonly startedMs: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** From its `?`; empty without one. */
  readonly query: string;
  /** What the groups of the route's pattern matched, decoded. */
  readonly params: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The address under which the sender knows the sandbox: what the addresses in an answer begin with. */
  readonly origin: string;
  /** The value of a JSON body; `undefined` when the body is not JSON. */
  readonly json: unknown;
  /** For a route that answers by itself, such as a stream of events. */
  readonly response: ServerResponse;
  readonly request: IncomingMessage;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The media type of the body. @defaultValue 'application/json' */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What became of the request, in words, for the record. */
  readonly verdict: string;
  /** What could be better about a request that was accepted, for the record. */
  readonly advice?: readonly SandboxAdvice[];
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
  /** The longest body it takes. @defaultValue the sandbox's `maxBodyBytes` */
  readonly maxBodyBytes?: number;
  /** Headers of a refusal that is made before the route is asked, such as for a body that is too long. */
  readonly refusalHeaders?: Readonly<Record<string, string>>;
  /** `null`: the route takes care of the response itself (and is then neither recorded nor faulty). */
  handle(exchange: Exchange): Answer | null | Promise<Answer | null>;
}

/** A JSON answer. */
export const jsonAnswer = (status: number, value: unknown, verdict: string): Answer => ({
  status,
  body: JSON.stringify(value),
  verdict,
});

/** A refusal in the platform's own shape (PROTOCOL K17a): the reason and every issue go to the caller and into the record. */
export function refusal(
  status: number,
  reason: string,
  extra: { issues?: readonly string[]; headers?: Readonly<Record<string, string>> | undefined } = {},
): Answer {
  const issues = extra.issues?.join('; ');
  const error = issues === undefined ? reason : `${reason}: ${issues}`;
  const answer = jsonAnswer(status, { error }, `rejected: ${issues ?? reason}`);
  return extra.headers === undefined ? answer : { ...answer, headers: extra.headers };
}
