/** Why a message was refused, as `onRefused` gets it. */
export interface CallbackRefusal {
  /**
   * The status of the answer. 200 only for `unknown_reward` and `unchecked_reward`, which are credited unless
   * `unknownReward` is `'refuse'`.
   */
  readonly status: number;
  /** The `error` word of the answer, such as `bad_signature`. */
  readonly code: string;
  /** What the refusal means and what to do. Never quotes the message. */
  readonly advice: string;
}

/** A refusal, with the text that the sender may read. */
export interface Refusal extends CallbackRefusal {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent in the answer, unlike the advice, which would help a forger. */
  readonly message?: string;
}

const WEB_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded', text: 'text/plain' } as const;

/** The refusals of PROTOCOL K27 that all receivers share. */
export const refusals = {
  malformed: (message: string): Refusal => ({ status: 400, code: 'malformed_callback', advice: message, message }),
  interrupted: (): Refusal => ({
    ...refusals.malformed('The body ended before it was complete.'),
    advice:
      'The body ended before it was complete: the sender, or a proxy in between, closed the connection. A redelivery can succeed.',
  }),
  methodNotAllowed: (): Refusal => ({
    status: 405,
    code: 'method_not_allowed',
    advice:
      'The request was not a POST, so the platform did not send it: a browser or a health check found the address.',
    headers: { allow: 'POST' },
  }),
  // Close the connection, because the rest of the body may still come (RFC 9110, section 15.5.9).
  bodyTimeout: ({ bodyTimeoutMs }: { readonly bodyTimeoutMs: number }): Refusal => ({
    status: 408,
    code: 'body_timeout',
    advice: `The body did not end within bodyTimeoutMs (${bodyTimeoutMs} ms): check for a proxy that holds it back, or raise the limit.`,
    headers: { connection: 'close' },
  }),
  tooLarge: ({ maxBodyBytes }: { readonly maxBodyBytes: number }): Refusal => ({
    status: 413,
    code: 'too_large',
    advice: `The body is larger than maxBodyBytes (${maxBodyBytes} bytes): check who sends it before you raise the limit.`,
  }),
  unsupportedType: (kinds: readonly string[]): Refusal => ({
    status: 415,
    code: 'unsupported_content_type',
    advice: `The Content-Type or its charset cannot be read, or the body is compressed: send ${kinds.join(' or ')} in UTF-8, uncompressed.`,
    headers: {
      accept: kinds.flatMap((kind) => WEB_TYPES[kind as keyof typeof WEB_TYPES] ?? []).join(', '),
    },
  }),
  eaten: (advice: string): Refusal => ({
    status: 500,
    code: 'body_eaten',
    advice: `The raw body was gone before it could be verified. ${advice}`,
  }),
  busy: (): Refusal => ({
    status: 503,
    code: 'busy',
    advice: 'Another delivery of the same message is being handled. The sender was asked to try again in 2 seconds.',
    headers: { 'retry-after': '2' },
  }),
  closing: (): Refusal => ({
    status: 503,
    code: 'closing',
    advice: 'The receiver is closed: stop routing requests to this process before you call close().',
    headers: { 'retry-after': '5' },
  }),
};
