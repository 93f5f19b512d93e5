import type { CallbackAnswer } from './request.js';

const answer = (
  status: number,
  body: Record<string, string>,
  headers: Record<string, string> = {},
): CallbackAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/**
 * The answers of PROTOCOL K27. Functions, because an answer's headers belong to the one who gets it. After a 408 the connection still
 * waits for the rest of the body, so it is of no more use (RFC 9110, section 15.5.9).
 */
export const answers = {
  processed: () => answer(200, { result: 'processed' }),
  duplicate: () => answer(200, { result: 'duplicate' }),
  malformed: (message: string) => answer(400, { error: 'malformed_callback', message }),
  interrupted: () => answer(400, { error: 'malformed_callback', message: 'The body ended before it was complete.' }),
  badSignature: () => answer(401, { error: 'bad_signature' }),
  methodNotAllowed: () => answer(405, { error: 'method_not_allowed' }, { allow: 'POST' }),
  bodyTimeout: () => answer(408, { error: 'body_timeout' }, { connection: 'close' }),
  tooLarge: () => answer(413, { error: 'too_large' }),
  unsupportedType: () =>
    answer(
      415,
      { error: 'unsupported_content_type' },
      { accept: 'application/json, application/x-www-form-urlencoded' },
    ),
  failed: () => answer(500, { error: 'not_processed' }),
  busy: () => answer(503, { error: 'busy' }, { 'retry-after': '2' }),
  closing: () => answer(503, { error: 'closing' }, { 'retry-after': '5' }),
};
