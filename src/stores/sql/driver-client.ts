// Tells drivers' own clients from ORM transactions, and the clients from each other.

export type Members = Readonly<Record<string, unknown>>;

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => typeof (value as Members)[name] === 'function');

/** How a driver's client answers: at once, by a promise, or by a callback alone. */
export type ClientStyle = 'sync' | 'promise' | 'callback';

/**
 * Finds how a driver's own client answers; `null` for any other value. Recognises clients by methods that all of them
 * have and no ORM's transaction has.
 */
export function findClientStyle(tx: unknown): ClientStyle | null {
  if (hasMethods(tx, ['prepare', 'exec', 'close'])) return 'sync';
  if (hasMethods(tx, ['query', 'connect', 'end', 'getTypeParser'])) return 'promise';
  if (!hasMethods(tx, ['query', 'execute', 'beginTransaction', 'ping'])) return null;
  // A callback client of mysql2 has the method `promise`, which returns its promise client.
  return hasMethods(tx, ['promise']) ? 'callback' : 'promise';
}

/** Whether the connection reports that it is outside a transaction. `false` for a driver that does not report it. */
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
 * Listens to the `error` event of a driver's own client, which would otherwise end the process: a pool listens only
 * while the client is idle. The statements of a dropped connection reject anyway.
 */
export function surviveDisconnects(tx: unknown): void {
  const style = findClientStyle(tx);
  if (style === null || style === 'sync') return;
  const { connection } = tx as { readonly connection?: unknown };
  // mysql2 wraps a connection anew each time its pool lends it, so listen once, to the wrapped connection.
  const client = findClientStyle(connection) === null ? tx : connection;
  if (guarded.has(client as object)) return;
  guarded.add(client as object);
  (client as { on?(event: 'error', listener: () => void): unknown }).on?.('error', ignore);
}
