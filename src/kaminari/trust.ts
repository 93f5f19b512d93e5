import proxyAddr from 'proxy-addr';
import { KiipConfigError } from '../errors/index.js';
import { plainAddress } from './address.js';

/** Whether to trust the proxy at this address, `hop` hops from this server (0 is the socket). */
export type TrustFunction = (address: string, hop: number) => boolean;

/**
 * Which proxies to believe about the visitor's address, with the values and rules of Express's "trust proxy" (PROTOCOL M5).
 *
 * - `false`, `0` or absent: none. The visitor's address is the socket's.
 * - a number: that many hops, counted from the socket.
 * - a string or an array: addresses, networks (`10.0.0.0/8`) and the names `loopback`, `linklocal`, `uniquelocal`.
 * - a function: decides for each address.
 * - `true`: all. Use it only if your proxy *replaces* `X-Forwarded-For`; otherwise visitors choose their own address.
 */
export type TrustProxy = boolean | number | string | readonly string[] | TrustFunction;

/** @throws KiipConfigError for values that Express refuses too. */
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

/** What stands between two entries of the list, empty entries included. */
const SEPARATORS = ', \t';

/**
 * Lists the addresses from the socket outwards. The last is the first untrusted one: the visitor. An invalid entry ends the chain before it,
 * because the visitor may have written everything beyond it.
 */
export function trustedChain(socketAddress: string, forwardedFor: string, trust: TrustFunction): string[] {
  const chain = [plainAddress(socketAddress)];
  // Read from the right, and only as far as needed: the visitor controls the rest, including its length.
  let end = forwardedFor.length;
  while (end > 0 && trust(chain.at(-1) ?? '', chain.length - 1)) {
    while (end > 0 && SEPARATORS.includes(forwardedFor.charAt(end - 1))) end -= 1;
    const comma = forwardedFor.lastIndexOf(',', end - 1);
    const address = plainAddress(forwardedFor.slice(comma + 1, end).trim());
    end = Math.max(comma, 0);
    if (address === '') break;
    chain.push(address);
  }
  return chain;
}
