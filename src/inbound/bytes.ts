// Bytes without Node's Buffer, which workers do not have.
const encoder = new TextEncoder();
// The decoder drops a byte order mark.
const decoder = new TextDecoder('utf-8', { fatal: true });
const BYTE_ORDER_MARK = 0xfeff;
const SMALLEST = 1024;

/** Collects chunks in one growing buffer, so that a body in one-byte chunks costs no more than a body in one piece. */
export class GrowingBytes {
  readonly #limit: number;
  #bytes = new Uint8Array(SMALLEST);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a chunk. Returns `false` and adds nothing if the chunk would exceed the limit. */
  add(chunk: string | Uint8Array): boolean {
    // A stream with an encoding emits text.
    const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
    const size = this.#size + bytes.length;
    if (size > this.#limit) return false;
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.#limit, Math.max(size, 2 * this.#bytes.length)));
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
    return true;
  }

  /** Returns the collected bytes. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }
}

/** Whether a body is all ASCII. */
export function isAscii(body: string | Uint8Array): boolean {
  if (typeof body === 'string') return !/[^\0-\x7f]/.test(body);
  return body.every((byte) => byte < 0x80);
}

/** Decodes a body as UTF-8, without a byte order mark; `null` for other bytes, such as compressed ones. */
export function toText(body: string | Uint8Array): string | null {
  if (typeof body === 'string') return body.charCodeAt(0) === BYTE_ORDER_MARK ? body.slice(1) : body;
  try {
    return decoder.decode(body);
  } catch {
    return null;
  }
}

/** Returns a body as text or bytes, whatever kind of bytes it is; `null` for anything else. */
export function toRaw(value: unknown): string | Uint8Array | null {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
}

/** Decodes base64. Text with other characters was already decoded by a middleware, and is returned unchanged. */
export function fromBase64(text: string): string | Uint8Array {
  if (!/^[A-Za-z0-9+/\s=]*$/.test(text)) return text;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return text;
  }
}
