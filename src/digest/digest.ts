/** The interface of both `#digest` implementations. It is synchronous because `verifyCallback` is. */
export interface Digest {
  /** Lower-case hex SHA-1 of the bytes, or of the text in UTF-8. */
  sha1Hex(data: string | Uint8Array): string;
  /** Lower-case hex SHA-256 of the text in UTF-8. */
  sha256Hex(text: string): string;
  /** Compares bytes in constant time. Returns `false` for different lengths instead of throwing. */
  isEqualBytes(a: Uint8Array, b: Uint8Array): boolean;
}
