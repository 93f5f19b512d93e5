declare module 'proxy-from-env' {
  /** The proxy for a URL by the usual variables, with a scheme; empty when there is none or `NO_PROXY` matches. */
  export function getProxyForUrl(url: string): string;
}
