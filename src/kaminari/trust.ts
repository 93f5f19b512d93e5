import proxyAddr from 'proxy-addr';
import { KiipConfigError } from '../errors/index.js';
import { plainAddress } from './address.js';

/** Whether the address, `hop` hops away from this server (0 is the socket), is a proxy of ours. */
export type TrustFunction = (address: string, hop: number) => boolean;

/**
 * Which proxies may say who the visitor is; the values and the rules of Express's "trust proxy" (PROTOCOL M5).
 *
 * - `false`, `0` or absent: none. The visitor is who the socket says.
 * - a number: that many hops, counted from the socket.
 * - a string or an array: addresses, networks (`10.0.0.0/8`) and the names `loopback`, `linklocal`, `uniquelocal`.
 * - a function: decides for each address.
 * - `true`: everybody. Only where a proxy *replaces* `X-Forwarded-For`; otherwise the visitor chooses the address.
 */
export type TrustProxy = boolean | number | string | readonly string[] | TrustFunction;

/** @throws KiipConfigError for what Express would not accept either. */
export function compileTrust(trust: TrustProxy | undefined): TrustFunction {
  if (typeof trust === 'function') return trust;
  if (trust === true) return () => true;
  if (typeof trust === 'number' && Number.isInteger(trust) && trust >= 0) return (_address, hop) => hop < trust;
  if (trust === undefined || trust === false) return () => false;
  const list = typeof trust === 'string' ? trust.split(',').map((entry) => entry.trim()) : trust;
  try {
    return proxyAddr.compile([...(list as readonly string[])]);
  } catch {
    const message =
      'must be a boolean, a number of hops, a function, or addresses, networks and "loopback", "linklocal", "uniquelocal"';
    throw new KiipConfigError(`The option trustProxy ${message}.`, [{ path: 'trustProxy', message }]);
  }
}

/**
 * The addresses from the socket outwards, up to and with the first that is not trusted: that is the visitor. An entry that is no
 * address ends the chain before it, since whatever stands beyond it cannot be told from what the visitor wrote.
 */
export function trustedChain(socketAddress: string, forwardedFor: string, trust: TrustFunction): string[] {
  const chain = [plainAddress(socketAddress)];
  // From the right and no further than needed: the rest is the visitor's, as long as he likes.
  let end = forwardedFor.length;
  while (end > 0 && trust(chain.at(-1) ?? '', chain.length - 1)) {
    let entry = '';
    while (end > 0 && entry === '') {
      const comma = forwardedFor.lastIndexOf(',', end - 1);
      entry = forwardedFor.slice(comma + 1, end).trim();
      end = Math.max(comma, 0);
    }
    const address = plainAddress(entry);
    if (address === '') break;
    chain.push(address);
  }
  return chain;
}
