// Bytes without Node's Buffer, which workers do not have.
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const SMALLEST = 1024;

/** Collects chunks in one buffer that grows, so that a body in one-byte chunks costs no more than one in a piece. */
export class GrowingBytes {
  readonly #limit: number;
  #bytes = new Uint8Array(SMALLEST);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a chunk; `false`, and nothing added, when that would exceed the limit. */
  add(chunk: string | Uint8Array): boolean {
    // A stream whose encoding somebody set hands out text.
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

  /** What was collected. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }
}

/** Whether a body, text counted in UTF-8, has more bytes than `limit`. */
export function exceeds(body: string | Uint8Array, limit: number): boolean {
  if (typeof body !== 'string') return body.length > limit;
  // A character of JavaScript is one to three bytes long.
  if (body.length > limit) return true;
  return body.length * 3 > limit && encoder.encode(body).length > limit;
}

/** Whether a body is all ASCII. */
export function isAscii(body: string | Uint8Array): boolean {
  if (typeof body === 'string') return !/[^\0-\x7f]/.test(body);
  return body.every((byte) => byte < 0x80);
}

/** Whether bytes are text in UTF-8, which compressed ones are not. */
export function isText(body: string | Uint8Array): boolean {
  if (typeof body === 'string') return true;
  try {
    decoder.decode(body);
    return true;
  } catch {
    return false;
  }
}

/** A kept body as text or bytes; `null` for anything else. */
export function toRaw(value: unknown): string | Uint8Array | null {
  if (typeof value === 'string' || value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
}

/** Decodes base64. A text with other characters was decoded before, by a middleware of the host, and comes back as it is. */
export function fromBase64(text: string): string | Uint8Array {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) return text;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return text;
  }
}
