import type { Refusal } from './refusals.js';
import type { CallbackAnswer } from './request.js';

/** What became of a message. `info` is what `onError` gets beside the error; `warning` names the failure where nobody listens. */
export type Outcome<Info> =
  | {
      readonly kind: 'done';
      readonly result: 'processed' | 'duplicate';
      /** What `onRefused` hears of although the message was processed. */
      readonly report?: Refusal | undefined;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly error: unknown; readonly info: Info; readonly warning?: string };

export const refused = (refusal: Refusal) => ({ kind: 'refused', refusal }) as const;

/** The answer to an outcome. A failure stays silent about its reason. */
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
