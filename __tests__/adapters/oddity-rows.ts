import { request } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { signCallback } from '../../src/callbacks/index.js';

export const secret = 'the app secret';
let serial = 0;
function buildFields(): Record<string, unknown> {
  serial += 1;
  const fields = { content: 'coins', name: 'Coins', quantity: 20, userId: 'a+b 7', transactionId: `reward-${serial}` };
  const { userId: user_id, transactionId: transaction_id, ...rest } = fields;
  return { ...rest, user_id, transaction_id, signature: signCallback(fields, secret) };
}
const json = (more: object = {}): string => JSON.stringify({ ...buildFields(), ...more });
const form = (): string => new URLSearchParams(buildFields() as Record<string, string>).toString();
const after = (start: string): string => json().replace('{', start);

export interface Row {
  readonly body: () => string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly method?: string;
  /** A gateway that hands its function text has replaced such bytes before. */
  readonly bytesOnly?: true;
  /** The body does not end, so a gateway, which waits for the end, says nothing. */
  readonly cutOff?: true;
}
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const type = (value: string) => ({ 'content-type': value });
const encoded = (value: string) => ({ ...JSON_TYPE, 'content-encoding': value });

export const rows: Readonly<Record<string, Row>> = {
  'as it should be': { body: json, headers: JSON_TYPE, status: 200 },
  'JSON with a byte order mark': { body: () => `\ufeff${json()}`, headers: JSON_TYPE, status: 200 },
  'a form with a byte order mark': { body: () => `\ufeff${form()}`, headers: FORM_TYPE, status: 200 },
  'JSON that says it is a form': { body: json, headers: FORM_TYPE, status: 200 },
  'JSON that says it is text': { body: json, headers: type('text/plain'), status: 200 },
  'JSON that says nothing': { body: json, headers: {}, status: 200 },
  'a form that says it is JSON': { body: form, headers: JSON_TYPE, status: 200 },
  'a form that says it is text': { body: form, headers: type('text/plain; charset=utf-8'), status: 200 },
  'a form that says nothing': { body: form, headers: {}, status: 200 },
  'an unreadable content type': { body: json, headers: type('json'), status: 415 },
  'a content type in capitals': { body: json, headers: type('APPLICATION/JSON; CHARSET=UTF-8'), status: 200 },
  'JSON of a vendor': { body: json, headers: type('application/vnd.api+json'), status: 200 },
  'a Latin-1 label over ASCII': { body: json, headers: type('application/json; charset=ISO-8859-1'), status: 200 },
  'a charset in quotes': { body: json, headers: type('application/json; charset="utf-8"'), status: 200 },
  'a charset in single quotes': { body: json, headers: type("application/json; charset='utf-8'"), status: 200 },
  'a charset without a name': { body: json, headers: type('application/json; charset='), status: 200 },
  'a Windows label over ASCII': { body: json, headers: type('application/json; charset=windows-1252'), status: 200 },
  'Latin-1 bytes': {
    body: () => Buffer.from(json({ extra: 'é' }), 'latin1'),
    headers: type('application/json; charset=iso-8859-1'),
    status: 415,
  },
  'a UTF-16 label': { body: json, headers: type('application/json; charset=utf-16'), status: 415 },
  'a page': { body: json, headers: type('text/html'), status: 415 },
  'a multipart form': { body: json, headers: type('multipart/form-data; boundary=x'), status: 415 },
  'Content-Encoding: identity': { body: json, headers: encoded('identity'), status: 200 },
  'Content-Encoding: Identity': { body: json, headers: encoded('Identity'), status: 200 },
  'Content-Encoding: UTF-8': { body: json, headers: encoded('UTF-8'), status: 200 },
  'an empty Content-Encoding': { body: json, headers: encoded(''), status: 200 },
  gzip: { body: () => gzipSync(json()), headers: encoded('gzip'), status: 415 },
  'GZIP and identity': { body: () => gzipSync(json()), headers: encoded('GZIP, identity'), status: 415 },
  brotli: { body: () => brotliCompressSync(json()), headers: encoded('br'), status: 415 },
  'an unknown field that is an object': {
    body: () => json({ more: { name: ['x', {}] } }),
    headers: JSON_TYPE,
    status: 200,
  },
  'an unknown field that is null': { body: () => json({ more: null }), headers: JSON_TYPE, status: 200 },
  'a known field that is a list': { body: () => json({ quantity: [20] }), headers: JSON_TYPE, status: 400 },
  'a known field that is an object': { body: () => json({ content: {} }), headers: JSON_TYPE, status: 400 },
  'a known field that is a boolean': { body: () => json({ name: true }), headers: JSON_TYPE, status: 400 },
  'a known field that is null': { body: () => json({ user_id: null }), headers: JSON_TYPE, status: 400 },
  'a repeated key': { body: () => after('{"content":"coins",'), headers: JSON_TYPE, status: 400 },
  'a key __proto__': { body: () => after('{"__proto__":{},'), headers: JSON_TYPE, status: 400 },
  'bytes that are not UTF-8': {
    body: () => Buffer.from(after('{"x":"é",'), 'latin1'),
    headers: JSON_TYPE,
    status: 400,
    bytesOnly: true,
  },
  'half an object': { body: () => json().slice(0, -1), headers: JSON_TYPE, status: 400 },
  'an empty body': { body: () => '', headers: JSON_TYPE, status: 400 },
  'an empty object': { body: () => '{}', headers: JSON_TYPE, status: 400 },
  'another signature': { body: () => json({ signature: 'a'.repeat(40) }), headers: JSON_TYPE, status: 401 },
  'a signature that is not hex': { body: () => json({ signature: 'x' }), headers: JSON_TYPE, status: 401 },
  'a body that is too large': { body: () => json({ filler: 'x'.repeat(70_000) }), headers: JSON_TYPE, status: 413 },
  'a body that is too large, in chunks': {
    body: () => json({ filler: 'x'.repeat(70_000) }),
    headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' },
    status: 413,
  },
  'a right body in chunks': { body: json, headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, status: 200 },
  'a Content-Length beyond every limit': {
    body: json,
    headers: { ...JSON_TYPE, 'content-length': '99999999999' },
    status: 413,
    cutOff: true,
  },
  GET: { body: () => '', headers: {}, status: 405, method: 'GET' },
  HEAD: { body: () => '', headers: {}, status: 405, method: 'HEAD' },
  PUT: { body: json, headers: JSON_TYPE, status: 405, method: 'PUT' },
};

/** The status that a host answers with, 0 when it does not within ten seconds. */
export function send(url: string, { body, headers, method = 'POST', cutOff }: Row): Promise<number> {
  const bytes = Buffer.from(body());
  const isImplicit = method === 'GET' || method === 'HEAD' || 'transfer-encoding' in headers || cutOff;
  const length = isImplicit ? {} : { 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...headers, ...length }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      if (cutOff) outgoing.destroy();
    });
    outgoing.setTimeout(10_000, () => {
      resolve(0);
      outgoing.destroy();
    });
    outgoing.on('error', reject);
    if (cutOff) outgoing.write(bytes);
    else outgoing.end(bytes);
  });
}
