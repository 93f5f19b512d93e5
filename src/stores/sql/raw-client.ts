import { LedgerError, TX_ERRORS } from '../ledger-error.js';
import type { SqlDialect } from './dialect.js';
import { listStatements, readControl, type TransactionControl } from './statements.js';

// A driver's own client as `tx`. The handler gets it behind a proxy that watches every statement and refuses all of them once the handler
// has ended. An ORM's transaction is passed on unchanged, because a proxy would break its internals.

/** Methods whose first argument is SQL text. */
const RUNNING = new Set(['query', 'execute', 'exec', 'prepare', 'pragma', 'batch']);
/** Methods that would end the transaction or give the connection away. */
const ENDING = new Set([
  'beginTransaction',
  'commit',
  'rollback',
  'release',
  'end',
  'destroy',
  'close',
  'changeUser',
  'reset',
]);
/** Methods of a prepared statement that run it. */
const STATEMENT = new Set(['run', 'get', 'all', 'iterate', 'execute']);

type Members = Readonly<Record<string, unknown>>;
type Callable = (this: unknown, ...args: unknown[]) => unknown;

const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => typeof (value as Members)[name] === 'function');

/** How a driver's client returns results: synchronously, by promise, or by callback only. */
type ClientStyle = 'sync' | 'promise' | 'callback';

/** Returns the style of a driver's own client, or `null` when the value lacks the methods that all such clients have. */
function findClientStyle(tx: unknown): ClientStyle | null {
  if (hasMethods(tx, ['prepare', 'exec', 'close'])) return 'sync';
  if (hasMethods(tx, ['query', 'connect', 'end', 'getTypeParser'])) return 'promise';
  if (!hasMethods(tx, ['query', 'execute', 'beginTransaction', 'ping'])) return null;
  // mysql2's callback clients have a method `promise`.
  return hasMethods(tx, ['promise']) ? 'callback' : 'promise';
}

/** The part of a Knex transaction that is used. It also reports the statements of nested transactions. */
interface ReportingTx {
  on(event: 'query-error', listener: () => void): unknown;
  on(event: 'query', listener: (query: { readonly sql?: unknown }) => void): unknown;
}

/** Whether a value is a transaction of Knex. */
const isReporting = (tx: unknown): tx is ReportingTx =>
  typeof tx === 'function' &&
  ['on', 'isCompleted', 'savepoint'].every((name) => typeof (tx as unknown as Members)[name] === 'function');

/** Whether the connection reports that no transaction is open. A driver that does not report it is trusted. */
function isOutside(client: Members, answer: unknown): boolean {
  if (client['isTransaction'] === false || client['inTransaction'] === false) return true;
  if (typeof client['getTransactionStatus'] === 'function')
    return (client as { getTransactionStatus(): unknown }).getTransactionStatus() === 'I';
  const [header] = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  const { serverStatus } = Object(header) as { serverStatus?: unknown };
  return typeof serverStatus === 'number' && (serverStatus & 1) === 0;
}

const readText = (given: unknown): unknown => {
  const { text, sql } = Object(given) as Members;
  return typeof given === 'string' ? given : (text ?? sql);
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (Object(value) as Members)['then'] === 'function';

/** Watches and limits what a handler does with its `tx`. */
export class TxGuard<Tx> {
  /** The `tx` to pass to the handler. */
  readonly tx: Tx;
  readonly #client: Tx;
  readonly #dialect: SqlDialect;
  readonly #style: ClientStyle | null;
  readonly #running = new Set<Promise<unknown>>();
  #isOver = false;
  #hasLeft = false;
  #hasFailed = false;

  constructor(tx: Tx, dialect: SqlDialect) {
    this.#client = tx;
    this.#dialect = dialect;
    this.#style = findClientStyle(tx);
    this.tx = this.#style === null ? tx : (this.#wrapClient(tx as object) as Tx);
    if (isReporting(tx)) this.#listen(tx);
  }

  /** Closes `tx`. */
  end(): void {
    this.#isOver = true;
  }

  /** Waits for the statements that the handler did not await. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** @throws LedgerError when the work must not be committed. */
  assertWhole(): void {
    if (this.#hasLeft) throw TX_ERRORS.ended();
    if (this.#hasFailed) throw TX_ERRORS.failed();
  }

  #listen(tx: ReportingTx): void {
    tx.on('query-error', () => (this.#hasFailed = true));
    tx.on('query', ({ sql }) => {
      const controls = typeof sql === 'string' ? listStatements(sql, this.#dialect).map(readControl) : [];
      if (controls.at(-1) === 'rollback_to') this.#hasFailed = false;
    });
  }

  #wrapClient(client: object): object {
    return this.#wrap(client, (name, method) => {
      if (ENDING.has(name)) return (...args) => this.#refuse(TX_ERRORS.control(), args);
      if (!RUNNING.has(name)) return method.bind(client);
      return (...args) => this.#runText(client, name, method, args);
    });
  }

  #wrapStatement(statement: object): object {
    const wrapped = this.#wrap(statement, (name, method) => (...args) => {
      const call = (): unknown => method.apply(statement, args);
      const answer = STATEMENT.has(name) ? this.#run(args, [], call) : call();
      return answer === statement ? wrapped : answer;
    });
    return wrapped;
  }

  #wrap(target: object, choose: (name: string, method: Callable) => Callable): object {
    return new Proxy(target, {
      get: (_target, name) => {
        // Read it from the target itself, because native getters need their own object.
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' && typeof name === 'string' ? choose(name, value as Callable) : value;
      },
    });
  }

  #runText(client: object, name: string, method: Callable, args: unknown[]): unknown {
    const text = readText(args[0]);
    if (typeof text !== 'string') {
      const error = new LedgerError('tx_refused', 'tx takes SQL as a text; cursors and streams are not supported.');
      return this.#refuse(error, args);
    }
    const controls = name === 'pragma' ? [] : listStatements(text, this.#dialect).map(readControl);
    if (controls.some((control) => control !== 'none' && control !== 'rollback_to'))
      return this.#refuse(TX_ERRORS.control(), args);
    const answer = this.#run(args, controls, (given) => method.apply(client, given));
    return name === 'prepare' && this.#style === 'sync' ? this.#wrapStatement(answer as object) : answer;
  }

  /** Runs one call of the handler and watches how it ends, in whichever style it returns. */
  #run(args: unknown[], controls: readonly TransactionControl[], call: (args: unknown[]) => unknown): unknown {
    if (this.#hasLeft || this.#isOver) return this.#refuse(this.#hasLeft ? TX_ERRORS.ended() : TX_ERRORS.over(), args);
    const settle = (error: unknown, answer: unknown): void => this.#notice(error, answer, controls);
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      this.#track(
        new Promise<void>((resolve) => {
          const heard = (error: unknown, answer: unknown, ...rest: unknown[]): void => {
            settle(error, answer);
            resolve();
            (callback as Callable)(error, answer, ...rest);
          };
          call([...args.slice(0, -1), heard]);
        }),
      );
      return undefined;
    }
    try {
      const answer = call(args);
      if (this.#style === 'callback') return answer;
      if (!isThenable(answer)) settle(null, answer);
      else
        this.#track(
          Promise.resolve(answer).then(
            (result) => settle(null, result),
            (error: unknown) => settle(error, undefined),
          ),
        );
      return answer;
    } catch (error) {
      settle(error, undefined);
      throw error;
    }
  }

  #track(running: Promise<void>): void {
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  #notice(error: unknown, answer: unknown, controls: readonly TransactionControl[]): void {
    // A failure counts until a rollback to a savepoint undoes it.
    if (error !== null && error !== undefined) this.#hasFailed = true;
    else if (controls.at(-1) === 'rollback_to') this.#hasFailed = false;
    if (isOutside(this.#client as Members, answer)) this.#hasLeft = true;
  }

  /** Reports a refusal where the handler expects the result: in the callback, in the promise, or by throwing. */
  #refuse(error: LedgerError, args: readonly unknown[]): unknown {
    const callback = args.at(-1);
    if (typeof callback === 'function') return void queueMicrotask(() => (callback as Callable)(error));
    if (this.#style === 'promise') return Promise.reject(error);
    throw error;
  }
}
