// Reads what a sender claims about its body, and tells whether the body can be read with certainty (PROTOCOL K24a).
import { isAscii, toText } from './bytes.js';

/**
 * What a `Content-Type` claims. It only decides whether the body is read at all; the body's first character tells the
 * format.
 */
export type ContentKind = 'json' | 'form' | 'text' | 'unnamed';

export interface ContentType {
  readonly kind: ContentKind;
  /** Whether only an ASCII body can be read with certainty: the charset is not UTF-8, but agrees with it on ASCII. */
  readonly isAsciiOnly: boolean;
}

const JSON_TYPE: ContentType = { kind: 'json', isAsciiOnly: false };
const UNNAMED: ContentType = { kind: 'unnamed', isAsciiOnly: false };
const UTF8 = /^(?:utf-?8|us-ascii|ascii)?$/;
const ASCII_SUPERSET = /^(?:iso-?8859-\d{1,2}|iso_8859-\d{1,2}|latin-?\d|windows-125\d|cp125\d)$/;
const UNCOMPRESSED = /^(?:identity|utf-?8)?$/;

/** Reads a `Content-Type`; `null` when it names a type that is not accepted. */
export function readContentType(header: string | null | undefined): ContentType | null {
  if (header === 'application/json') return JSON_TYPE;
  if (header === undefined || header === null || header === '') return UNNAMED;
  // `Headers` joins the values of a repeated header. Take the first value, as Node does.
  const [first = ''] = header.split(',', 1);
  const [type = '', ...parameters] = first.split(';').map((part) => part.trim().toLowerCase());
  const kind = findKind(type);
  // Some senders put single quotes around a charset, or name none.
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.replace(/^charset=|["']/g, '');
  if (kind === null) return null;
  if (charset === undefined || UTF8.test(charset)) return { kind, isAsciiOnly: false };
  return ASCII_SUPERSET.test(charset) ? { kind, isAsciiOnly: true } : null;
}

function findKind(type: string): ContentKind | null {
  if (type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'))) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'text/plain') return 'text';
  return type === '' ? 'unnamed' : null;
}

/** Whether a `Content-Encoding` names a compression. Some senders put a charset there, or nothing. */
export function namesCompression(header: string | undefined): boolean {
  return (header ?? '').split(',').some((coding) => !UNCOMPRESSED.test(coding.trim().toLowerCase()));
}

/**
 * Whether a body can be read under its headers. A compressed one may be readable: a host that inflates it leaves
 * `Content-Encoding` in place.
 */
export function isReadable(body: string | Uint8Array, type: ContentType, contentEncoding: string | undefined): boolean {
  if (type.isAsciiOnly && !isAscii(body)) return false;
  return !namesCompression(contentEncoding) || toText(body) !== null;
}
