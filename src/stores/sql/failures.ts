// Classifies database errors from any library. ORMs wrap the driver's error in one of their own.

const WRAPS = ['cause', 'originalError', 'driverError', 'parent', 'meta', 'driverAdapterError'] as const;
const DEEPEST = 6;

/** Whether an error, or an error that it wraps, is of a kind. */
function someError(error: unknown, isKind: (error: Readonly<Record<string, unknown>>) => boolean): boolean {
  let layer: unknown[] = [error];
  for (let depth = 0; depth < DEEPEST && layer.length > 0; depth += 1) {
    const objects = layer.filter(
      (value): value is Record<string, unknown> => typeof value === 'object' && value !== null,
    );
    if (objects.some(isKind)) return true;
    layer = objects.flatMap((value) => WRAPS.map((name) => value[name]));
  }
  return false;
}

const listCodes = ({ code, errno, errcode, sqlState, originalCode }: Readonly<Record<string, unknown>>): unknown[] => [
  code,
  errno,
  errcode,
  sqlState,
  originalCode,
];

const hasCode = (error: unknown, codes: readonly unknown[]): boolean =>
  someError(error, (layer) => listCodes(layer).some((code) => codes.includes(code)));

/** Whether SQLite was busy or locked. Only the lowest byte of its result codes names the kind of error. */
function isBusySqlite(error: Readonly<Record<string, unknown>>): boolean {
  const { errcode, code, message } = error;
  if (typeof errcode === 'number') return (errcode & 0xff) === 5 || (errcode & 0xff) === 6;
  if (typeof code === 'string' && /^SQLITE_(?:BUSY|LOCKED)/.test(code)) return true;
  // SQLite's own message, for libraries that keep no code.
  return typeof message === 'string' && /^database (?:table )?is locked$/.test(message);
}

/** lock_not_available, serialization_failure, deadlock_detected; ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, ER_LOCK_NOWAIT. */
const CONTENTION = ['55P03', '40001', '40P01', 1205, 1213, 3572];

/** Whether another worker was in the way, so that a redelivery will succeed. */
export const isContention = (error: unknown): boolean => hasCode(error, CONTENTION) || someError(error, isBusySqlite);

/** Whether the ledger's table is missing. */
export const isMissingTable = (error: unknown): boolean =>
  hasCode(error, ['42P01', 1146]) ||
  someError(error, ({ message }) => typeof message === 'string' && message.startsWith('no such table'));

/** Whether a savepoint was missing, because its transaction had ended. */
export const isNoSavepoint = (error: unknown): boolean =>
  hasCode(error, [1305]) ||
  someError(error, ({ message }) => typeof message === 'string' && message.startsWith('no such savepoint'));

/** Whether PostgreSQL refuses everything because a statement of the transaction failed. */
export const isAborted = (error: unknown): boolean => hasCode(error, ['25P02']);
