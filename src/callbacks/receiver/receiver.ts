import { CallbackFormatError, CallbackSignatureError } from '../../errors/index.js';
import type { CallbackEvent } from '../event/event.js';
import { formatOf } from '../parse/content-type.js';
import { verifyCallback, verifyCallbackFields } from '../verify.js';
import { warn } from '../../check/warn.js';
import { answers } from './answers.js';
import { handlerOf } from './handler.js';
import { receiverSettings, type CallbackReceiverOptions } from './options.js';
import { reportFailure } from './report.js';
import {
  headerOf,
  type BodyLimits,
  type CallbackAnswer,
  type CallbackRequest,
  type ParsedBody,
  type RefusedBody,
} from './request.js';

/** Takes callbacks in, whatever the framework. The adapters (`kiip-s2s/express` and the others) are a few lines around it. */
export interface CallbackReceiver {
  /** Verifies, remembers and handles one callback. Never rejects: every outcome is an answer (PROTOCOL K27). */
  handle(request: CallbackRequest): Promise<CallbackAnswer>;
  /** Refuses new callbacks with 503, waits for those in flight, then closes the ledger (not your database client or pool). */
  close(): Promise<void>;
}

/**
 * Makes the endpoint for the platform's callbacks: verified, credited exactly once, answered as the platform expects (PROTOCOL K21 to K27).
 *
 * | answer | when |
 * |---|---|
 * | 200 | processed, or a duplicate that was processed before |
 * | 400, 401 | malformed; bad signature |
 * | 405, 408, 413, 415 | not POST; the body never ended; too large; neither JSON nor a form |
 * | 503 | another worker holds it, or `close()` was called; with `Retry-After` |
 * | 500 | the handler failed, ran out of time or is missing, or the ledger failed; the claim is released, a redelivery can succeed |
 *
 * @typeParam Tx - the ledger's transaction, inferred.
 * @throws KiipConfigError naming every wrong option.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { postgresLedger } from 'kiip-s2s/postgres';
 * import { Pool } from 'pg';
 *
 * const receiver = createCallbackReceiver({
 *   secret: process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger: postgresLedger(new Pool()),
 *   async onRedemption(event, { tx }) {
 *     await tx.query('update players set coins = coins + $1 where id = $2', [event.quantityText, event.userId]);
 *   },
 * });
 * ```
 */
export function createCallbackReceiver<Tx = undefined>(options: CallbackReceiverOptions<Tx>): CallbackReceiver {
  // A copy: nothing changes the secrets later, and no options at all are an error that names what is missing.
  const settings = receiverSettings({ ...options });
  const inFlight = new Set<Promise<CallbackAnswer>>();
  const mismatches = new Set<string>();
  let closed: Promise<void> | undefined;

  /** The answer stays silent about the reason, so that it helps no forger; each reason is told the operator once. */
  const badSignature = (message: string): CallbackAnswer => {
    if (!mismatches.has(message)) warn('KIIP_CALLBACK_SIGNATURE', `A callback was answered with 401. ${message}`);
    mismatches.add(message);
    return answers.badSignature();
  };

  const answerTo = async (request: CallbackRequest): Promise<CallbackAnswer> => {
    if (request.method.toUpperCase() !== 'POST') return answers.methodNotAllowed();
    const contentType = headerOf(request.headers, 'content-type');
    if (formatOf(contentType, undefined) === null) return answers.unsupportedType();
    if (Number(headerOf(request.headers, 'content-length')) > settings.maxBodyBytes) return answers.tooLarge();

    const body = await bodyOf(request, settings);
    if ('refuse' in body) return refusal(body);
    if ('raw' in body && Buffer.byteLength(body.raw) > settings.maxBodyBytes) return answers.tooLarge();
    let event: CallbackEvent;
    try {
      event =
        'raw' in body
          ? verifyCallback(body.raw, {
              secret: settings.secret,
              redemptionFormula: settings.redemptionFormula,
              contentType,
            })
          : verifyCallbackFields(body.fields, settings);
    } catch (error) {
      if (error instanceof CallbackFormatError) return answers.malformed(error.message);
      if (!(error instanceof CallbackSignatureError)) throw error;
      // A number of a parsed body may have been sent as another text: this may well be a genuine callback, so not a 401.
      return 'fields' in body && mayBeGenuine(body.fields) ? eaten(PARSED) : badSignature(error.message);
    }
    const credit = handlerOf(event, settings);
    if (credit === null) {
      const option = event.type === 'redemption' ? 'onRedemption' : 'onIssuance';
      warn(
        'KIIP_CALLBACK_NO_HANDLER',
        `A verified ${event.type} was answered with 500 because the receiver has no ${option}: pass it one.`,
      );
      return answers.failed();
    }
    return answers[await settings.ledger.run(event.dedupKeys, credit)]();
  };

  return {
    handle(request) {
      if (closed !== undefined) return Promise.resolve(answers.closing());
      const answer = answerTo(request).catch((error: unknown) => {
        reportFailure(error, settings.onError);
        return answers.failed();
      });
      inFlight.add(answer);
      return answer.finally(() => inFlight.delete(answer));
    },
    close() {
      closed ??= Promise.all(inFlight).then(() => settings.ledger.close?.());
      return closed;
    },
  };
}

type Body = { readonly raw: string | Uint8Array } | ParsedBody | RefusedBody;

async function bodyOf({ rawBody }: CallbackRequest, limits: BodyLimits): Promise<Body> {
  const body = typeof rawBody === 'function' ? await rawBody(limits) : rawBody;
  if (typeof body === 'string' || body instanceof Uint8Array) return { raw: body };
  // By hand, only the two are a raw body; anything else is one that a parser already had.
  return typeof rawBody === 'function'
    ? body
    : { refuse: 500, advice: 'Pass the raw body to receiver.handle(), not the parsed one.' };
}

function refusal({ refuse, advice }: RefusedBody): CallbackAnswer {
  switch (refuse) {
    case 400:
      return answers.interrupted();
    case 408:
      return answers.bodyTimeout();
    case 413:
      return answers.tooLarge();
    case 415:
      return answers.unsupportedType();
    case 500:
      return eaten(advice ?? PARSED);
  }
}

function eaten(advice: string): CallbackAnswer {
  warn(
    'KIIP_CALLBACK_BODY_EATEN',
    `A callback was answered with 500 because its raw body was gone before it could be verified. ${advice}`,
  );
  return answers.failed();
}

const PARSED =
  'A body parser ran first, and parsed numbers no longer prove the signature. Move the line that mounts the callback route above the parser (app.use(express.json()) and the like), or let the parser keep the bytes as req.rawBody.';

function mayBeGenuine({ signature, ...signed }: ParsedBody['fields']): boolean {
  return /^[0-9a-f]{40}$/i.test(String(signature)) && Object.values(signed).some((value) => typeof value === 'number');
}
