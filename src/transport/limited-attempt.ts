import { unwatch, watch, type AbortListener } from '../call/signals.js';
import { TransportError, type TransportRequest, type TransportResponse } from '../call/transport.js';

type Failure = ConstructorParameters<typeof TransportError>[0];

/**
 * One request, ended by our own timer and signal, because what sends it may obey neither. It settles once, and then holds neither timer nor
 * listener.
 */
export abstract class LimitedAttempt implements AbortListener {
  protected readonly request: TransportRequest;
  readonly #resolve: (response: TransportResponse) => void;
  readonly #reject: (error: TransportError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settled = false;

  constructor(
    request: TransportRequest,
    resolve: (response: TransportResponse) => void,
    reject: (error: TransportError) => void,
  ) {
    this.request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected get settled(): boolean {
    return this.#settled;
  }

  /** Starts the timer and listens to the signal. */
  protected start(): void {
    const { signal, timeoutMs } = this.request;
    this.#timer = setTimeout(onTimeout, timeoutMs, this);
    if (signal !== undefined) watch(signal, this);
  }

  protected answer(response: TransportResponse): void {
    if (!this.#settle()) return;
    this.#resolve(response);
    this.onAnswered();
  }

  fail(kind: TransportError['kind'], reason: string): void {
    if (!this.#settle()) return;
    this.#reject(new TransportError({ kind, reason, ...this.describeFailure(reason) }));
    this.onFailed();
  }

  aborted(): void {
    this.fail('aborted', 'signal');
  }

  /** What is known of the request and its answer when it fails. */
  protected abstract describeFailure(reason: string): Omit<Failure, 'kind' | 'reason'>;

  /** Stops what still sends or receives. */
  protected abstract onFailed(): void;

  protected onAnswered(): void {}

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    if (this.request.signal !== undefined) unwatch(this.request.signal, this);
    return true;
  }
}

function onTimeout(attempt: LimitedAttempt): void {
  attempt.fail('timeout', 'timeout');
}
