import { LedgerError, TX_ERRORS } from '../ledger-error.js';
import type { SqlDialect } from './dialect.js';
import { findClientStyle, isOutside, type ClientStyle, type Members } from './driver-client.js';
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

type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** The part of a Knex transaction that is used. It also reports the statements of nested transactions. */
interface ReportingTx {
  on(event: 'query-error', listener: () => void): unknown;
  on(event: 'query', listener: (query: { readonly sql?: unknown }) => void): unknown;
}

/** Whether a value is a transaction of Knex. */
const isReporting = (tx: unknown): tx is ReportingTx =>
  typeof tx === 'function' &&
  ['on', 'isCompleted', 'savepoint'].every((name) => typeof (tx as unknown as Members)[name] === 'function');

const readText = (given: unknown): unknown => {
  const { text, sql } = Object(given) as Members;
  return typeof given === 'string' ? given : (text ?? sql);
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (Object(value) as Members)['then'] === 'function';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const ignore = (): void => undefined;

/** One call of a method that takes SQL text. */
interface TextCall {
  readonly client: object;
  readonly style: ClientStyle;
  readonly name: string;
  readonly method: Callable;
  readonly args: unknown[];
}

/** One call whose end is watched. */
interface WatchedCall {
  readonly args: unknown[];
  readonly controls: readonly TransactionControl[];
  readonly style: ClientStyle;
  /** Wraps an answer that could run statements too, such as a prepared statement, in a proxy. */
  readonly watch: (answer: unknown) => unknown;
  readonly call: (args: unknown[]) => unknown;
}

/** Guards the `tx` of one handler: refuses what would end the transaction, and remembers what went wrong. */
export class TxGuard<Tx> {
  /** The `tx` to pass to the handler. */
  readonly tx: Tx;
  readonly #client: Tx;
  readonly #dialect: SqlDialect;
  readonly #wrapped = new WeakMap<object, object>();
  readonly #running = new Set<Promise<unknown>>();
  #isOver = false;
  #hasLeft = false;
  #hasFailed = false;

  constructor(tx: Tx, dialect: SqlDialect) {
    this.#client = tx;
    this.#dialect = dialect;
    this.tx = this.#watch(tx) as Tx;
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
      const controls = typeof sql === 'string' ? this.#readControls(sql) : [];
      if (controls.at(-1) === 'rollback_to') this.#hasFailed = false;
    });
  }

  /** Wraps a driver's own client in a proxy, also one that another client hands out. Returns anything else as it is. */
  #watch(value: unknown): unknown {
    const style = findClientStyle(value);
    if (style === null) return value;
    const client = value as object;
    const wrapped = this.#wrapped.get(client) ?? this.#wrapClient(client, style);
    this.#wrapped.set(client, wrapped);
    return wrapped;
  }

  #wrapClient(client: object, style: ClientStyle): object {
    return this.#wrap(client, (name, method) => {
      if (ENDING.has(name)) return (...args) => this.#refuse(style, TX_ERRORS.control(), args);
      if (!RUNNING.has(name)) return (...args) => this.#watch(method.apply(client, args));
      return (...args) => this.#runText({ client, style, name, method, args });
    });
  }

  #wrapStatement(statement: object, style: ClientStyle): object {
    const watch = (answer: unknown): unknown => (answer === statement ? wrapped : answer);
    const wrapped = this.#wrap(statement, (name, method) => (...args) => {
      const call = (given: unknown[]): unknown => method.apply(statement, given);
      return STATEMENT.has(name) ? this.#run({ args, controls: [], style, watch, call }) : watch(call(args));
    });
    return wrapped;
  }

  #wrap(target: object, choose: (name: string, method: Callable) => Callable): object {
    return new Proxy(target, {
      get: (_target, name) => {
        // Read it from the target itself, because native getters need their own object.
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return this.#watch(value);
        return typeof name === 'string' ? choose(name, value as Callable) : value;
      },
    });
  }

  #runText({ client, style, name, method, args }: TextCall): unknown {
    const text = readText(args[0]);
    if (typeof text !== 'string') {
      const error = new LedgerError('tx_refused', 'tx takes SQL as a text; cursors and streams are not supported.');
      return this.#refuse(style, error, args);
    }
    const controls = name === 'pragma' ? [] : this.#readControls(text);
    if (controls.includes('implicit_commit')) return this.#refuse(style, TX_ERRORS.implicitCommit(), args);
    if (controls.some((control) => control !== 'none' && control !== 'rollback_to'))
      return this.#refuse(style, TX_ERRORS.control(), args);
    const watch = (answer: unknown): unknown =>
      name === 'prepare' && isObject(answer) ? this.#wrapStatement(answer, style) : this.#watch(answer);
    return this.#run({ args, controls, style, watch, call: (given) => method.apply(client, given) });
  }

  #readControls(text: string): TransactionControl[] {
    return listStatements(text, this.#dialect).map((words) => readControl(words, this.#dialect));
  }

  /** Runs one call of the handler and watches how it ends, however its answer comes. */
  #run({ args, controls, style, watch, call }: WatchedCall): unknown {
    if (this.#hasLeft || this.#isOver)
      return this.#refuse(style, this.#hasLeft ? TX_ERRORS.ended() : TX_ERRORS.over(), args);
    const settle = (error: unknown, answer: unknown): void => this.#notice(error, answer, controls);
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      let finish = ignore;
      this.#track(new Promise<void>((resolve) => (finish = resolve)));
      const heard = (error: unknown, answer: unknown, ...rest: unknown[]): void => {
        settle(error, answer);
        finish();
        (callback as Callable)(error, watch(answer), ...rest);
      };
      try {
        call([...args.slice(0, -1), heard]);
      } catch (error) {
        // A driver that refuses a statement at once never calls back.
        settle(error, undefined);
        finish();
        throw error;
      }
      return undefined;
    }
    try {
      const answer = call(args);
      if (style === 'callback') return answer;
      if (!isThenable(answer)) {
        settle(null, answer);
        return watch(answer);
      }
      const watched = Promise.resolve(answer).then(
        (result) => {
          settle(null, result);
          return watch(result);
        },
        (error: unknown) => {
          settle(error, undefined);
          throw error;
        },
      );
      this.#track(watched.then(ignore, ignore));
      return watched;
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

  /** Reports a refusal the way in which the answer would come: to the callback, by the promise, or by throwing. */
  #refuse(style: ClientStyle, error: LedgerError, args: readonly unknown[]): unknown {
    const callback = args.at(-1);
    if (typeof callback === 'function') return void queueMicrotask(() => (callback as Callable)(error));
    if (style === 'promise') return Promise.reject(error);
    throw error;
  }
}
