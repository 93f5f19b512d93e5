import { CallbackFormatError } from '../../errors/index.js';

/** The fields of the two messages as they are named on the wire (PROTOCOL K21). */
export type WireName =
  'transaction_id' | 'content' | 'name' | 'quantity' | 'user_id' | 'nonce' | 'origin' | 'signature';

const WIRE_NAMES: ReadonlySet<string> = new Set<WireName>([
  'transaction_id',
  'content',
  'name',
  'quantity',
  'user_id',
  'nonce',
  'origin',
  'signature',
]);

/** Whether a key is a field of the two messages. */
export const isWireName = (key: string): boolean => WIRE_NAMES.has(key);

/** Builds the error for a body that is not one of the two messages. It says what is wrong and never quotes the body. */
export const malformed = (what: string): CallbackFormatError =>
  new CallbackFormatError(`The callback ${what}. See docs/callbacks.md#messages.`);

/**
 * The texts of a callback, exactly as sent (PROTOCOL K24), whatever the body's format. It has fixed properties, so no
 * key of the body can reach a prototype.
 */
export class CallbackTexts {
  transaction_id: string | undefined = undefined;
  content: string | undefined = undefined;
  name: string | undefined = undefined;
  quantity: string | undefined = undefined;
  user_id: string | undefined = undefined;
  nonce: string | undefined = undefined;
  origin: string | undefined = undefined;
  signature: string | undefined = undefined;
  private unknown: Set<string> | undefined = undefined;

  /**
   * Adds one field.
   *
   * @param text - `null` for a value that is neither text nor number. Known fields must not have such a value; unknown
   * fields may, since the platform can add fields (PROTOCOL K24a).
   * @throws CallbackFormatError for such a value, for `__proto__`, and for a repeated key, of which two parsers could
   * read different values.
   */
  add(key: string, text: string | null): void {
    switch (key) {
      case 'transaction_id':
        this.transaction_id = first(this.transaction_id, text, key);
        return;
      case 'content':
        this.content = first(this.content, text, key);
        return;
      case 'name':
        this.name = first(this.name, text, key);
        return;
      case 'quantity':
        this.quantity = first(this.quantity, text, key);
        return;
      case 'user_id':
        this.user_id = first(this.user_id, text, key);
        return;
      case 'nonce':
        this.nonce = first(this.nonce, text, key);
        return;
      case 'origin':
        this.origin = first(this.origin, text, key);
        return;
      case 'signature':
        this.signature = first(this.signature, text, key);
        return;
      case '__proto__':
        throw malformed('has a key named __proto__');
      default:
        this.unknown ??= new Set();
        if (this.unknown.has(key)) throw malformed('has the same key twice');
        this.unknown.add(key);
    }
  }
}

function first(before: string | undefined, text: string | null, name: WireName): string {
  if (text === null) throw malformed(`has a ${name} that is neither a string nor a number`);
  if (before !== undefined) throw malformed(`has ${name} twice`);
  return text;
}
