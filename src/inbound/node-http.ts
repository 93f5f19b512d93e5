import { findBody } from './find-body.js';
import { nodeStream, type NodeStreamLike } from './node-stream.js';
import type { CallbackAnswer, CallbackReceiver } from './request.js';

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
function sendAnswer(response: OutgoingLike, { status, headers, body }: CallbackAnswer): void {
  if (response.headersSent) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/** Creates the handler that Express and Node's own server share. `advice` says what to do when something read the body before. */
export function createNodeHandler(
  receiver: CallbackReceiver,
  advice: string,
): (request: IncomingLike, response: OutgoingLike) => Promise<void> {
  return async (request, response) => {
    const { method = '', headers } = request;
    const rawBody = findBody({ headers, places: [request], stream: nodeStream(request), advice });
    sendAnswer(response, await receiver.handle({ method, headers, rawBody }));
  };
}
