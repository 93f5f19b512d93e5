// How drivers' own clients are told from an ORM's transaction, and from each other.

export type Members = Readonly<Record<string, unknown>>;

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => typeof (value as Members)[name] === 'function');

/** How a driver's client answers: at once, by a promise, or by a callback alone. */
export type ClientStyle = 'sync' | 'promise' | 'callback';

/** How a value answers if it is a driver's own client, by what all of them have and no ORM's transaction has; else `null`. */
export function findClientStyle(tx: unknown): ClientStyle | null {
  if (hasMethods(tx, ['prepare', 'exec', 'close'])) return 'sync';
  if (hasMethods(tx, ['query', 'connect', 'end', 'getTypeParser'])) return 'promise';
  if (!hasMethods(tx, ['query', 'execute', 'beginTransaction', 'ping'])) return null;
  // mysql2's clients without promises have a method that makes one with promises.
  return hasMethods(tx, ['promise']) ? 'callback' : 'promise';
}

/** Whether the connection says of itself that no transaction is open any more; drivers that do not say are taken at their word. */
export function isOutside(client: Members, answer: unknown): boolean {
  if (client['isTransaction'] === false || client['inTransaction'] === false) return true;
  if (typeof client['getTransactionStatus'] === 'function')
    return (client as { getTransactionStatus(): unknown }).getTransactionStatus() === 'I';
  const [header] = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  const { serverStatus } = Object(header) as { serverStatus?: unknown };
  return typeof serverStatus === 'number' && (serverStatus & 1) === 0;
}

const guarded = new WeakSet<object>();
const ignore = (): void => undefined;

/**
 * Listens to the `error` event of a driver's own client, which ends the process when nobody does: pools listen only to the clients that
 * nobody uses. Every statement of a connection that dropped rejects anyway.
 */
export function surviveDisconnects(tx: unknown): void {
  const style = findClientStyle(tx);
  if (style === null || style === 'sync') return;
  const { connection } = tx as { readonly connection?: unknown };
  // mysql2 wraps a connection anew each time that its pool lends it: the listener goes on what is wrapped, once.
  const client = findClientStyle(connection) === null ? tx : connection;
  if (guarded.has(client as object)) return;
  guarded.add(client as object);
  (client as { on?(event: 'error', listener: () => void): unknown }).on?.('error', ignore);
}
