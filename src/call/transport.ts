/** One POST to be made. The body is a finished string: nothing on the way may clone, merge or re-encode it. */
export interface TransportRequest {
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds for the whole attempt: connect, send and the last byte of the answer. */
  readonly timeoutMs: number;
  /** An answer whose (decompressed) body is longer is given up while it is being read. */
  readonly maxResponseBytes: number;
  /** Do not reuse an idle socket: the previous attempt died on one. */
  readonly freshConnection?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What came back; any status, a redirect included: a transport follows none (PROTOCOL K1). */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The decoded text. */
  readonly body: string;
}

/**
 * What carries a request to the platform. The client brings the rules (retries, deadline, errors), a transport only moves bytes:
 * it resolves for every status, rejects with a {@link TransportError} otherwise, and keeps no reference to the signal afterwards.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Frees sockets. Called once, when the owner closes. */
  close?(): Promise<void>;
  /** `true`: `send` itself keeps `timeoutMs` and `signal`. Otherwise the client races it against both. */
  readonly enforcesLimits?: boolean;
}

/** Why a transport got no answer. It never holds a header, a body or another library's error. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: 'connection' | 'timeout' | 'aborted' | 'too_large';
  /** The system's code (`ECONNREFUSED`, `ECONNRESET`, …) or a short word. */
  readonly reason: string;
  /**
   * Whether any byte of the request may have left: `false` only when the connection was never made. A moment is repeated only
   * then, since the platform may already have handed out a reward.
   */
  readonly maybeSent: boolean;
  /** Status and content type, when the head of the answer had arrived. */
  readonly status: number | null;
  readonly contentType: string | null;

  constructor(facts: {
    readonly kind: TransportError['kind'];
    readonly reason: string;
    readonly maybeSent: boolean;
    readonly status?: number | null;
    readonly contentType?: string | null;
  }) {
    super(`${facts.kind}: ${facts.reason}`);
    this.kind = facts.kind;
    this.reason = facts.reason;
    this.maybeSent = facts.maybeSent;
    this.status = facts.status ?? null;
    this.contentType = facts.contentType ?? null;
  }
}
