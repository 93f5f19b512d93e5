import { createSecureContext, type SecureContext } from 'node:tls';
import { KiipConfigError } from '../errors/index.js';
import type { TlsOptions } from './tls-options.js';
import { readCode } from './transport-errors.js';

/** What a TLS connection is made with, on top of its host. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** The settings for targets and for `https:` proxies. A proxy is verified by the same authorities, and never given our certificate. */
export interface TlsSettingsPair {
  readonly target: TlsSettings | null;
  readonly proxy: TlsSettings | null;
}

function buildContext(options: object): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    // OpenSSL's message may quote a path; its code says what is wrong with the certificate, the key or the passphrase.
    throw new KiipConfigError(
      `createTransport: tls cannot be used (${readCode(error)}): check that ca, cert and key are PEM and belong together. Nothing was sent.`,
      [{ path: 'tls', message: 'cannot be used: check that ca, cert and key are PEM and belong together' }],
    );
  }
}

/** @throws KiipConfigError when OpenSSL cannot use them. */
export function buildTlsSettings(tls: TlsOptions | null): TlsSettingsPair {
  if (tls === null) return { target: null, proxy: null };
  const { servername, rejectUnauthorized, ...context } = tls;
  const verification = rejectUnauthorized === undefined ? {} : { rejectUnauthorized };
  return {
    target: {
      secureContext: buildContext(context),
      ...verification,
      ...(servername !== undefined && { servername }),
    },
    proxy: { secureContext: buildContext({ ca: tls.ca, crl: tls.crl }), ...verification },
  };
}
