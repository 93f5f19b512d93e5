declare module 'proxy-from-env' {
  /** Returns the proxy URL that the usual variables name for a URL; empty without one, or if `NO_PROXY` matches. */
  export function getProxyForUrl(url: string): string;
}
