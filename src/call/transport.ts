import { readMediaType } from '../errors/index.js';
import { retryAfterMs } from './backoff.js';

/** One request. The body is a finished string that a transport sends as it is. */
export interface TransportRequest {
  /** The absolute `https:` or `http:` URL. */
  readonly url: string;
  /** The HTTP method. A `GET` has no body, whatever `body` holds. @defaultValue `'POST'` */
  readonly method?: 'POST' | 'GET' | undefined;
  /** Headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The finished body, to be sent as UTF-8; empty for a `GET`. */
  readonly body: string;
  /** Milliseconds for the whole attempt: connect, send and the last byte of the answer. */
  readonly timeoutMs: number;
  /**
   * The longest answer to read, in bytes after decompression. Stop reading a longer one and reject with `too_large`.
   */
  readonly maxResponseBytes: number;
  /** Asks for a new connection, because the previous attempt's connection failed or timed out. @defaultValue `false` */
  readonly freshConnection?: boolean | undefined;
  /** Ends the attempt with a `TransportError` of the kind `aborted`. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
}

/** An answer with any status. A redirect is an answer too: a transport does not follow it (PROTOCOL K1). */
export interface TransportResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The decoded text. */
  readonly body: string;
}

/**
 * Carries requests to the platform. The client handles retries, the deadline and errors; a transport only moves bytes.
 */
export interface Transport {
  /**
   * Sends one request and resolves with the answer, whatever its status.
   *
   * @throws TransportError when there is no whole answer; `KiipConfigError` when the transport cannot work at all.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Frees the sockets. The transport's owner calls it once, when done. */
  close?(): Promise<void>;
  /**
   * Whether `send` itself enforces `timeoutMs` and `signal`. Otherwise the client enforces both from outside.
   * @defaultValue `false`
   */
  readonly enforcesLimits?: boolean | undefined;
}

/** The error of a transport that got no answer. Never put a header, a body or another library's error into it. */
export class TransportError extends Error {
  /** Identifies the error across realms and builds, where `instanceof` fails. */
  override readonly name = 'TransportError';
  /** What failed. `unreadable`: the answer came, but its body cannot be decoded. */
  readonly kind: 'connection' | 'timeout' | 'aborted' | 'too_large' | 'unreadable';
  /** The system's code (`ECONNREFUSED`, `ECONNRESET`, …) or a short word. */
  readonly reason: string;
  /**
   * Whether any byte of the request may have left: `false` only when the connection was never made. A moment whose
   * request may have left is repeated only after 429 or 503, since the platform may already have handed out a reward.
   */
  readonly maybeSent: boolean;
  /** The answer's status, when its head had arrived. */
  readonly status: number | null;
  /** The answer's `type/subtype`, when its head had arrived. */
  readonly contentType: string | null;
  /** Milliseconds that the answer's `Retry-After` asks for, when its head had arrived. */
  readonly retryAfterMs: number | null;

  constructor(facts: {
    readonly kind: TransportError['kind'];
    readonly reason: string;
    readonly maybeSent: boolean;
    readonly status?: number | null | undefined;
    readonly contentType?: string | null | undefined;
    /** The text of the answer's `Retry-After`. */
    readonly retryAfter?: string | null | undefined;
  }) {
    super(`${facts.kind}: ${facts.reason}`);
    this.kind = facts.kind;
    this.reason = facts.reason;
    this.maybeSent = facts.maybeSent;
    this.status = facts.status ?? null;
    this.contentType = readMediaType(facts.contentType);
    this.retryAfterMs = retryAfterMs(facts.retryAfter, Date.now());
  }
}
