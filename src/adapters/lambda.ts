import type { BodyReader, CallbackReceiver } from '../callbacks/index.js';

/** The part of an API Gateway (v1, v2), function URL or load balancer event that the handler needs. */
export interface LambdaEventLike {
  /** API Gateway v1 and load balancers. */
  readonly httpMethod?: string;
  /** API Gateway v2 and function URLs put the method in it, as `http.method`. */
  readonly requestContext?: object;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/** The answer, in the shape that all of them take. */
export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  /** Only where the event had no others: a load balancer that sends lists of values wants them back. */
  multiValueHeaders?: Record<string, string[]>;
  body: string;
  isBase64Encoded: boolean;
}

/**
 * The callback endpoint as an AWS Lambda handler (`kiip-s2s/lambda`). Use a ledger that outlives the function's instance.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { callbackLambda } from 'kiip-s2s/lambda';
 *
 * const receiver = createCallbackReceiver({ secret: process.env['KIIP_APP_SECRET'] ?? '', onRedemption: async () => {} });
 * export const handler = callbackLambda(receiver);
 * ```
 */
export function callbackLambda(receiver: CallbackReceiver): (event: LambdaEventLike) => Promise<LambdaResult> {
  return async (event) => {
    const { http } = (event.requestContext ?? {}) as { readonly http?: { readonly method?: string } };
    const method = event.httpMethod ?? http?.method ?? '';
    const headers = event.headers ?? event.multiValueHeaders ?? {};
    const {
      status,
      headers: sent,
      body,
    } = await receiver.handle({ method, headers, rawBody: async () => bodyOf(event) });
    const result = { statusCode: status, headers: sent, body, isBase64Encoded: false };
    if (!event.multiValueHeaders || event.headers) return result;
    return {
      ...result,
      multiValueHeaders: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])),
    };
  };
}

function bodyOf({ body, isBase64Encoded }: LambdaEventLike): Awaited<ReturnType<BodyReader>> {
  if (typeof body === 'string') return isBase64Encoded === true ? Buffer.from(body, 'base64') : body;
  // A middleware of the function may have parsed it.
  return typeof body === 'object' && body !== null ? { fields: body as Record<string, unknown> } : '';
}
