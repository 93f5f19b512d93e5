/** @module kiip-s2s/lambda */
import { findBody } from '../inbound/find-body.js';
import type { CallbackReceiver } from '../inbound/request.js';

export type { CallbackReceiver };

/** The part of an API Gateway (v1, v2), function URL or load balancer event that the handler needs. */
export interface LambdaEventLike {
  /** Set by API Gateway v1 and load balancers. */
  readonly httpMethod?: string | undefined;
  /** API Gateway v2 and function URLs put the method here, as `http.method`. */
  readonly requestContext?: object | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly body?: unknown;
  /** Middlewares such as middy's JSON parser keep the original body here. */
  readonly rawBody?: unknown;
  readonly isBase64Encoded?: boolean | undefined;
}

/** The answer, in a shape that all of these services accept. */
export interface LambdaResult {
  /** The HTTP status. */
  statusCode: number;
  /** The answer's headers, each with one value. */
  headers: Record<string, string>;
  /** Set only when the event has multi-value headers alone: such a load balancer expects them in the answer too. */
  multiValueHeaders?: Record<string, string[]> | undefined;
  /** The answer's body, as text. */
  body: string;
  /** Always `false`: the body is text. */
  isBase64Encoded: boolean;
}

const ADVICE =
  'Remove httpJsonBodyParser() and similar parsers from the middleware of this function: callbackLambda() reads event.body itself.';

/**
 * Creates an AWS Lambda handler from a receiver (`kiip-s2s/lambda`). Use a ledger that outlives the function's
 * instance.
 *
 * @example
 * ```ts
 * import type { CallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackLambda } from 'kiip-s2s/lambda';
 *
 * declare const receiver: CallbackReceiver; // createCallbackReceiver({ … })
 * export const handler = callbackLambda(receiver);
 * ```
 */
export function callbackLambda(receiver: CallbackReceiver): (event: LambdaEventLike) => Promise<LambdaResult> {
  return async (event) => {
    const { http } = (event.requestContext ?? {}) as { readonly http?: { readonly method?: string } };
    const headers = event.headers ?? event.multiValueHeaders ?? {};
    const method = event.httpMethod ?? http?.method ?? '';
    const { isBase64Encoded } = event;
    const rawBody = findBody({ headers, places: [event], stream: null, isBase64Encoded, advice: ADVICE });
    const { status, headers: sent, body } = await receiver.handle({ method, headers, rawBody });
    const result = { statusCode: status, headers: sent, body, isBase64Encoded: false };
    if (!event.multiValueHeaders || event.headers) return result;
    const multiValueHeaders = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]]));
    return { ...result, multiValueHeaders };
  };
}
