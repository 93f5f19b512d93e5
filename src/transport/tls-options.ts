import * as z from '../zod.js';

/** PEM text or a file's bytes, or an array of them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** TLS settings, with the names and meanings of `tls.connect`: whom to trust, and which certificate to present. */
export interface TlsOptions {
  /** Certificate authorities that replace the well-known ones, for the target and for an `https:` proxy. @defaultValue the well-known ones */
  readonly ca?: Pem | undefined;
  /** Your certificate chain, for servers that ask for one (mTLS). @defaultValue none */
  readonly cert?: Pem | undefined;
  /** The private key of `cert`. @defaultValue none */
  readonly key?: Pem | undefined;
  /** Certificate chain and key in one PKCS#12 file, instead of `cert` and `key`. @defaultValue none */
  readonly pfx?: string | Uint8Array | undefined;
  /** The passphrase of `key` or `pfx`. @defaultValue none */
  readonly passphrase?: string | undefined;
  /** Certificate revocation lists. @defaultValue none */
  readonly crl?: Pem | undefined;
  /** The cipher suites to offer, in OpenSSL's notation. @defaultValue Node's own */
  readonly ciphers?: string | undefined;
  /** The signature algorithms to offer, in OpenSSL's notation. @defaultValue Node's own */
  readonly sigalgs?: string | undefined;
  /** The curves to offer, in OpenSSL's notation. @defaultValue Node's own */
  readonly ecdhCurve?: string | undefined;
  /** The oldest TLS version to accept. @defaultValue Node's own, `'TLSv1.2'` */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The newest TLS version to accept. @defaultValue Node's own, `'TLSv1.3'` */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The name to expect in the target's certificate. @defaultValue the URL's host */
  readonly servername?: string | undefined;
  /** Whether to refuse a certificate that cannot be verified. Set `false` in tests only. @defaultValue true */
  readonly rejectUnauthorized?: boolean | undefined;
}

const isPem = (value: unknown): boolean => typeof value === 'string' || ArrayBuffer.isView(value);
const PEM_RULE = 'must be PEM text, bytes, or an array of them';
const pem = () =>
  z.optional(
    z.custom<Pem>(
      (value) => value === undefined || isPem(value) || (Array.isArray(value) && value.every(isPem)),
      PEM_RULE,
    ),
  );
const openSslText = () => z.optional(z.string("must be text in OpenSSL's notation"));
const version = () => z.optional(z.enum(['TLSv1.2', 'TLSv1.3'], "must be 'TLSv1.2' or 'TLSv1.3'"));

/** The rules for {@link TlsOptions}. */
export const tlsRules = () =>
  z.optional(
    z.strictObject(
      {
        ca: pem(),
        cert: pem(),
        key: pem(),
        pfx: z.optional(z.custom((value) => value === undefined || isPem(value), 'must be the bytes of a file')),
        passphrase: z.optional(z.string('must be text')),
        crl: pem(),
        ciphers: openSslText(),
        sigalgs: openSslText(),
        ecdhCurve: openSslText(),
        minVersion: version(),
        maxVersion: version(),
        servername: z.optional(z.string('must be a host name')),
        rejectUnauthorized: z.optional(z.boolean('must be true or false')),
      },
      'must be an object such as { ca, cert, key }',
    ),
  );
