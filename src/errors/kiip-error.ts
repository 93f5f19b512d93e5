const BRAND = Symbol.for('kiip-s2s.error');
const HELP = 'https://github.com/kiip-s2s/kiip-s2s/blob/main/docs/errors.md';

/** Every `code` an error of this package can carry; each has a section in `docs/errors.md`. */
export type KiipErrorCode =
  | 'config'
  | 'invalid_request'
  | 'http_status'
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'invalid_response'
  | 'refused'
  | 'overloaded'
  | 'closed'
  | 'bad_signature'
  | 'malformed_callback';

/** Fixes an error's `name`: minifiers rename classes, while logs and other copies of this package rely on the name. */
export function nameErrorClass(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, configurable: true, writable: true });
}

/**
 * The root of every error this package throws.
 *
 * Errors are built fresh: another library's error is never attached, not even as `cause`, because it may hold the whole
 * request. No error holds a user, a device, a location, an address or a secret.
 */
export abstract class KiipError extends Error {
  /** Stable identifier of the kind of failure; branch on this or on the class, never on the message. */
  abstract readonly code: KiipErrorCode;

  constructor(message: string) {
    super(message);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** URL of the documentation section that explains this error. */
  get help(): string {
    return `${HELP}#${this.code}`;
  }

  /** Returns what is safe to log: name, code, message, help and the public fields, without the stack. */
  toJSON(): Record<string, unknown> {
    return Object.assign<Record<string, unknown>, object>(
      { name: this.name, code: this.code, message: this.message, help: this.help },
      this,
    );
  }
}

/**
 * Whether `value` is an error of this package, even one from another realm or from the other build (ESM or CommonJS).
 *
 * @example
 * ```ts
 * import { isKiipError, type DeviceContext, type KiipClient } from 'kiip-s2s';
 *
 * declare const client: KiipClient;
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * try {
 *   await client.moment('level_up', context);
 * } catch (error) {
 *   if (!isKiipError(error)) throw error;
 *   console.warn(error.toJSON());
 * }
 * ```
 */
export function isKiipError(value: unknown): value is KiipError {
  try {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  } catch {
    // Anything can be thrown, a revoked proxy too.
    return false;
  }
}
