import { callable, count, having, milliseconds } from '../check/rules.js';
import type { LedgerRunner } from '../stores/ledger.js';
import type { CallbackRefusal } from './refusals.js';
import type { BodyLimits } from './request.js';

/** The largest allowed `maxBodyBytes`: room for a thousand messages. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The options of every receiver. */
export interface ReceiverOptions<Tx, Info> {
  /**
   * Remembers the handled messages, so that nothing is credited twice.
   * @defaultValue `memoryLedger()`, which lasts as long as this process
   */
  readonly ledger?: LedgerRunner<Tx> | undefined;
  /**
   * Called for every refusal: each 4xx and 503, and a body that a parser consumed (500). Use it for logs and alarms.
   * @defaultValue a process warning, once for each reason
   */
  readonly onRefused?: ((refusal: CallbackRefusal) => void) | undefined;
  /**
   * Called with every error that became a 500, such as the handler's or the ledger's. Log it here, because the answer
   * never holds it.
   * @defaultValue a process warning that names only the kind of error, because its message may hold personal data
   */
  readonly onError?: ((error: unknown, info: Info) => void) | undefined;
  /** The largest body to accept, in bytes, at most 1 MiB. A larger one gets a 413. @defaultValue `65_536` */
  readonly maxBodyBytes?: number | undefined;
  /** Milliseconds that an adapter waits for a body before it answers 408. @defaultValue `10_000` */
  readonly bodyTimeoutMs?: number | undefined;
  /**
   * Milliseconds that a handler may take. After that the answer is 500 and the claim is released.
   * @defaultValue `25_000`
   */
  readonly handlerTimeoutMs?: number | undefined;
}

/** The rules of {@link ReceiverOptions}, as the fields of a schema. */
export const receiverFields = () => ({
  ledger: having<LedgerRunner<unknown>>(
    ['run'],
    'a ledger, such as memoryLedger(), redisLedger(client) or postgresLedger(pool)',
  ),
  onRefused: callable(),
  onError: callable(),
  maxBodyBytes: count('bytes', 1, MAX_BODY_BYTES),
  bodyTimeoutMs: milliseconds(1),
  handlerTimeoutMs: milliseconds(1),
});

/** Returns the limits, with the defaults filled in. */
export function readLimits({
  maxBodyBytes = 64 * 1024,
  bodyTimeoutMs = 10_000,
  handlerTimeoutMs = 25_000,
}: Pick<ReceiverOptions<never, never>, keyof BodyLimits | 'handlerTimeoutMs'>) {
  return { limits: { maxBodyBytes, bodyTimeoutMs } satisfies BodyLimits, handlerTimeoutMs };
}
