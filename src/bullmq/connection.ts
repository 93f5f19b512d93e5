import type { ConnectionOptions } from 'bullmq';
import { KiipConfigError, KiipConnectionError, type ValidationIssue } from '../errors/index.js';
import { issueOfNumber, unknownNames } from '../kaminari/options.js';

/** What queue and worker have in common. */
export interface PingQueueConnection {
  /**
   * Redis: options such as `{ host, port }`, or a client of ioredis or node-redis. One that you pass stays yours to close; a worker
   * needs an ioredis client made with `maxRetriesPerRequest: null`.
   */
  readonly connection: ConnectionOptions;
  /** Default `kaminari-pings`. */
  readonly queueName?: string | undefined;
  /** Of all keys in Redis. Default BullMQ's own, `bull`. */
  readonly prefix?: string | undefined;
  /**
   * Trouble with Redis, which BullMQ repairs by itself where it can; `reason` is the driver's code, or `lock_lost` for a worker that was too busy
   * to keep its jobs. Default: a warning, once.
   */
  readonly onError?: ((error: KiipConnectionError) => void) | undefined;
}

export const DEFAULT_QUEUE_NAME = 'kaminari-pings';

/** The names of {@link PingQueueConnection}. */
export const CONNECTION_OPTIONS = ['connection', 'queueName', 'prefix', 'onError'];

const LONGEST = 2_147_483_647;

/**
 * Checks the options that BullMQ would take without a word, or refuse in words of its own.
 *
 * @param numbers - names of the options that are whole numbers from 1.
 * @param known - every name there is.
 * @throws KiipConfigError with all problems.
 */
export function checkOptions(given: unknown, what: string, numbers: readonly string[], known: readonly string[]): void {
  const options = (typeof given === 'object' && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
  const issues: ValidationIssue[] = unknownNames(options, known);
  const { connection, queueName, prefix, onError } = options;
  if (typeof connection !== 'object' || connection === null)
    issues.push({
      path: 'connection',
      message: 'must be { host, port } of your Redis, or a client of ioredis or node-redis',
    });
  for (const [path, value] of Object.entries({ queueName, prefix }))
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      issues.push({ path, message: 'must be a non-empty string' });
  if (onError !== undefined && typeof onError !== 'function')
    issues.push({ path: 'onError', message: 'must be a function' });
  for (const path of numbers) {
    const message = options[path] === undefined ? null : issueOfNumber(options[path], 1, LONGEST);
    if (message !== null) issues.push({ path, message });
  }
  if (issues.length > 0)
    throw new KiipConfigError(
      `${what}: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      issues,
    );
}

const isIdentifier = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(text);

/**
 * Without a listener, BullMQ's `error` events would land on the console each time. The drivers' errors hold the command that failed, and with it
 * the visitor: what gets out is built fresh.
 */
export function errorListener(where: string, onError: PingQueueConnection['onError']): (error: Error) => void {
  let warned = false;
  return (error) => {
    const { code, name } = error as Error & { readonly code?: unknown };
    // A worker that was too busy to renew its locks: its jobs go to others, and may be done twice.
    const lockLost = /^(?:could not renew|missing) lock/i.test(error.message);
    const reason = lockLost ? 'lock_lost' : ([code, name].find(isIdentifier) ?? 'unknown');
    if (onError !== undefined) {
      onError(
        new KiipConnectionError(`${where}: trouble with Redis (${reason}).`, {
          operation: 'ping',
          attempts: 0,
          reason,
        }),
      );
    } else if (!warned) {
      warned = true;
      process.emitWarning(`${where}: trouble with Redis (${reason}). Pass onError to see each; this is said once.`, {
        code: 'KIIP_BULLMQ',
      });
    }
  };
}
