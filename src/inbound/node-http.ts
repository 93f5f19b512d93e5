import type { CallbackAnswer } from './request.js';
import type { NodeStreamLike } from './node-stream.js';

/** The part of a Node request that an adapter needs. */
export interface IncomingLike extends NodeStreamLike {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The part of a Node response that an adapter needs. */
export interface OutgoingLike {
  readonly headersSent: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Sends an answer, unless something else, such as a timeout middleware, has already sent one. */
export function sendAnswer(response: OutgoingLike, { status, headers, body }: CallbackAnswer): void {
  if (response.headersSent) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
