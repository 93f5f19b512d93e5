import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestKind, SandboxAdvice } from '../records.js';

/** A request that was read completely. */
export interface Exchange {
  /** When its last byte had arrived. */
  readonly at: Date;
  /** When its last byte had arrived, on the clock of `performance.now()`. */
  readonly startedMs: number;
  readonly method: string;
  /** The path, without the query. */
  readonly path: string;
  /** The query from its `?`; empty without a query. */
  readonly query: string;
  /** The matches of the groups in the route's pattern, decoded. */
  readonly params: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The address by which the sender knows the sandbox; addresses in an answer begin with it. */
  readonly origin: string;
  /** The value of a JSON body; `undefined` when the body is not JSON. */
  readonly json: unknown;
  /** The response, for a route that answers by itself, such as a stream of events. */
  readonly response: ServerResponse;
  readonly request: IncomingMessage;
}

/** A route's answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The media type of the body. @defaultValue `'application/json'` */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The outcome of the request in words, for the record. */
  readonly verdict: string;
  /** Advice on an accepted request, for the record. */
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
  /** Whether to refuse requests that a browser sends from another site. */
  readonly sameOriginOnly: boolean;
  /** The longest accepted body, in bytes. @defaultValue the sandbox's `maxBodyBytes` */
  readonly maxBodyBytes?: number;
  /** Headers of a refusal that comes before the route runs, such as for a body that is too long. */
  readonly refusalHeaders?: Readonly<Record<string, string>>;
  /** Answers the request; `null` when the route sends the response itself (it is then neither recorded nor faulty). */
  handle(exchange: Exchange): Answer | null | Promise<Answer | null>;
}

/** Builds a JSON answer. */
export const jsonAnswer = (status: number, value: unknown, verdict: string): Answer => ({
  status,
  body: JSON.stringify(value),
  verdict,
});

/** Builds a refusal in the platform's shape (PROTOCOL K17a). The reason and every issue go to the caller and into the record. */
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
