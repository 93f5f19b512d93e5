import { describeUnknownKey, joinIssues } from '../check/issues.js';
import { MAX_TIMER_MS } from '../check/rules.js';
import { KiipConfigError } from '../errors/index.js';

/** A deliberate failure; see the table in `docs/sandbox.md`. */
export type Fault =
  /** Answers with this status, without processing the request. `retryAfter`: the `Retry-After` header, seconds or an HTTP date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string | undefined }
  /** Processes the request and answers after `ms` milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Resets the connection (TCP RST) after the request was read, without processing it. */
  | { readonly kind: 'reset' }
  /** Processes the request, sends half of the answer and closes the connection. */
  | { readonly kind: 'truncate' }
  /** Processes the request and answers 200 with an HTML page in place of the answer. */
  | { readonly kind: 'garbage' }
  /** Answers 307 to `location`, without processing the request. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Processes the request and sends the answer's body at this speed. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** Processes the request and pads the answer with white space to `bytes`, chunked, so that its length is not announced. */
  | { readonly kind: 'oversize'; readonly bytes: number };

const isHeaderText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && /^[\t\x20-\x7e]*$/.test(value);
const isAmount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const FIELDS: Record<Fault['kind'], Record<string, readonly [(value: unknown) => boolean, string]>> = {
  status: {
    status: [
      (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
      'status must be an integer from 200 to 599',
    ],
    retryAfter: [
      (value) => value === undefined || isHeaderText(value),
      "retryAfter must be ASCII text for a header, such as '2'",
    ],
  },
  delay: {
    ms: [
      (value) => isAmount(value) && Number(value) <= MAX_TIMER_MS,
      'ms must be a number of milliseconds, at most 24 days',
    ],
  },
  reset: {},
  truncate: {},
  garbage: {},
  redirect: { location: [isHeaderText, 'location must be ASCII text for a header, such as a URL'] },
  drip: { bytesPerSecond: [(value) => isAmount(value) && value !== 0, 'bytesPerSecond must be greater than 0'] },
  oversize: { bytes: [isAmount, 'bytes must be a number of bytes'] },
};

function problems(fault: Fault, times: number): string[] {
  const found: string[] = [];
  const kind = typeof fault === 'object' && fault !== null ? fault.kind : undefined;
  if (kind === undefined || !Object.hasOwn(FIELDS, kind))
    found.push(`kind must be one of ${Object.keys(FIELDS).join(', ')}`);
  else {
    const given = fault as unknown as Record<string, unknown>;
    const known = ['kind', ...Object.keys(FIELDS[kind])];
    for (const name of Object.keys(given))
      if (!known.includes(name)) found.push(joinIssues([describeUnknownKey('', name, known)]));
    for (const [name, [isFine, message]] of Object.entries(FIELDS[kind])) if (!isFine(given[name])) found.push(message);
  }
  if (!Number.isSafeInteger(times) || times < 1) found.push('times must be an integer of at least 1');
  return found;
}

/** The faults that are armed, first in first out. */
export class FaultQueue {
  #armed: { readonly fault: Fault; left: number }[] = [];
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => undefined) {
    this.#onChange = onChange;
  }

  /** @throws KiipConfigError when the fault or `times` is invalid. */
  arm(fault: Fault, times: number): void {
    const found = problems(fault, times);
    if (found.length > 0) throw new KiipConfigError(`No fault was armed: ${found.join('; ')}.`);
    this.#armed.push({ fault: { ...fault }, left: times });
    this.#onChange();
  }

  /** Takes the next fault; `null` when no fault is armed. */
  next(): Fault | null {
    const first = this.#armed[0];
    if (first === undefined) return null;
    first.left -= 1;
    if (first.left === 0) this.#armed.shift();
    this.#onChange();
    return first.fault;
  }

  /** Disarms all faults. */
  clear(): void {
    this.#armed = [];
    this.#onChange();
  }

  /** The armed faults, next first. */
  get armed(): readonly { readonly fault: Fault; readonly left: number }[] {
    return this.#armed.map((entry) => ({ ...entry }));
  }
}

/** Describes a fault in words, for the record. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'status':
      return `status ${fault.status}`;
    case 'delay':
      return `delay ${fault.ms} ms`;
    case 'redirect':
      return 'redirect';
    case 'drip':
      return `drip ${fault.bytesPerSecond} bytes/s`;
    case 'oversize':
      return `oversize ${fault.bytes} bytes`;
    default:
      return fault.kind;
  }
}

/** Whether the fault keeps the request from being processed at all. */
export const preventsProcessing = ({ kind }: Fault): boolean =>
  kind === 'status' || kind === 'reset' || kind === 'redirect';
