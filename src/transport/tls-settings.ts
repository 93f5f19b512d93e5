import { createSecureContext, type SecureContext } from 'node:tls';
import { KiipConfigError } from '../errors/index.js';
import type { TlsOptions } from './tls-options.js';
import { readCode } from './transport-errors.js';

/** The settings of a TLS connection, apart from its host. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/**
 * The settings for targets and for `https:` proxies. Both are verified against the same authorities, but only targets
 * get the client certificate.
 */
export interface TlsSettingsPair {
  readonly target: TlsSettings | null;
  readonly proxy: TlsSettings | null;
}

function buildContext(options: object): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    // Report only OpenSSL's code, which names the problem. Its message may quote a path.
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
