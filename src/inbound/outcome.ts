import type { Refusal } from './refusals.js';
import type { CallbackAnswer } from './request.js';

/**
 * The outcome of a message. `info` is the second argument of `onError`; `warning` names the failure in a process
 * warning.
 */
export type Outcome<Info> =
  | {
      readonly kind: 'done';
      readonly result: 'processed' | 'duplicate';
      /** What `onRefused` hears although the message was processed. */
      readonly report?: Refusal | undefined;
    }
  | Refused
  | { readonly kind: 'failed'; readonly error: unknown; readonly info: Info; readonly warning?: string };

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

export const refused = (refusal: Refusal): Refused => ({ kind: 'refused', refusal });

/** Builds the answer to an outcome. The answer to a failure does not give the reason. */
export function toAnswer(outcome: Outcome<unknown>): CallbackAnswer {
  switch (outcome.kind) {
    case 'done':
      return writeAnswer(200, { result: outcome.result });
    case 'failed':
      return writeAnswer(500, { error: 'not_processed' });
    case 'refused': {
      const { status, code, message, headers } = outcome.refusal;
      return writeAnswer(status, { error: code, ...(message !== undefined && { message }) }, headers);
    }
  }
}

function writeAnswer(
  status: number,
  body: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): CallbackAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
