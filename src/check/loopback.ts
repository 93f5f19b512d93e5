const LOOPBACK_ADDRESS = /^127(?:\.\d{1,3}){3}$/;

/** Whether a URL's host name (`url.hostname`, so lower case and in brackets when it is IPv6) stays on this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname.endsWith('.localhost') ||
    LOOPBACK_ADDRESS.test(hostname)
  );
}
