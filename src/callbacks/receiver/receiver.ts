import { CallbackFormatError, CallbackSignatureError } from '../../errors/index.js';
import { createEndpoint, type MessageBody } from '../../inbound/endpoint.js';
import { refused, type Refused } from '../../inbound/outcome.js';
import { refusals } from '../../inbound/refusals.js';
import { createReporter } from '../../inbound/reporter.js';
import type { CallbackReceiver } from '../../inbound/request.js';
import type { VerifyOptions } from '../verify-options.js';
import { verifyParsed, verifyRaw, type Verified } from '../verify.js';
import { credit } from './credit.js';
import {
  readReceiverOptions,
  type CallbackErrorInfo,
  type CallbackReceiverOptions,
} from './callback-receiver-options.js';
import { createSecretSource } from './secret.js';

/**
 * Creates the receiver of the platform's callbacks. It verifies each callback, credits it once and answers as the
 * platform expects (PROTOCOL K21 to K27).
 *
 * | answer | when |
 * |---|---|
 * | 200 | processed, or a duplicate that was processed before |
 * | 400 | malformed, or a `quantity` that is not credited |
 * | 401 | bad signature, or an unknown reward under `unknownReward: 'refuse'` |
 * | 405, 408, 413, 415 | not POST; the body never ended; too large; neither JSON nor a form |
 * | 503 | another worker is handling it, or `close()` was called; with `Retry-After` |
 * | 500 | the handler failed, ran out of time or is missing, the ledger failed, or a parser consumed the body; a redelivery can succeed |
 *
 * @typeParam Tx - the ledger's transaction, inferred from `ledger`.
 * @throws KiipConfigError naming every wrong option.
 *
 * @example
 * ```ts
 * import { createCallbackReceiver } from 'kiip-s2s/callbacks';
 * import { postgresLedger, type PgClientLike } from 'kiip-s2s/postgres';
 * import { Pool } from 'pg';
 *
 * async function credit(tx: PgClientLike, userId: string, coins: string): Promise<void> {
 *   const { rowCount } = await tx.query('update players set coins = coins + $1::numeric where id = $2', [coins, userId]);
 *   if (rowCount !== 1) throw new Error('no such player');
 * }
 *
 * const receiver = createCallbackReceiver({
 *   secret: () => process.env['KIIP_APP_SECRET'] ?? '',
 *   ledger: postgresLedger(new Pool()),
 *   onRedemption: ({ userId, quantityText }, { tx }) => credit(tx, userId, quantityText),
 *   onIssuance: ({ userId, quantityText }, { tx }) => credit(tx, userId, quantityText),
 * });
 * ```
 */
export function createCallbackReceiver<Tx = undefined>(options: CallbackReceiverOptions<Tx>): CallbackReceiver {
  const settings = readReceiverOptions(options);
  const { limits, ledger, redemptionFormula } = settings;
  const findSecret = createSecretSource(settings.secret, settings.handlerTimeoutMs);
  return createEndpoint<CallbackErrorInfo>({
    kinds: ['json', 'form', 'text'],
    limits,
    reporter: createReporter('callback', settings),
    noInfo: {},
    async process(body, contentType, noteType) {
      const result = verifyBody(body, contentType, { secret: await findSecret(), redemptionFormula });
      if (result.kind === 'refused') return result;
      noteType(result.verified.event.type);
      return await credit(result.verified, settings);
    },
    close: () => ledger.close?.(),
  });
}

function verifyBody(
  body: MessageBody,
  contentType: string | undefined,
  options: VerifyOptions,
): { readonly kind: 'verified'; readonly verified: Verified } | Refused {
  try {
    const verified =
      body.kind === 'raw' ? verifyRaw(body.body, { ...options, contentType }) : verifyParsed(body.fields, options);
    return { kind: 'verified', verified };
  } catch (error) {
    if (!(error instanceof CallbackFormatError || error instanceof CallbackSignatureError)) throw error;
    if (body.kind === 'parsed' && mayBeGenuine(body.fields)) return refused(refusals.eaten(body.advice));
    if (error instanceof CallbackFormatError) return refused(refusals.malformed(error.message));
    // The answer does not give the reason, because that would help a forger.
    return refused({ status: 401, code: 'bad_signature', advice: error.message });
  }
}

/**
 * Whether a parsed body that does not verify may be a genuine callback: the parser may have changed a number's text, or
 * read JSON as a form with one long key.
 */
function mayBeGenuine({ signature, ...signed }: Readonly<Record<string, unknown>>): boolean {
  if (Object.keys(signed).some((key) => /^\s*\{/.test(key))) return true;
  return /^[0-9a-f]{40}$/i.test(String(signature)) && Object.values(signed).some((value) => typeof value === 'number');
}
