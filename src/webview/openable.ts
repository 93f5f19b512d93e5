/** With a control character or a leading blank, another program could read a different scheme than we checked. */
const UNCLEAN = /^ |[\u0000-\u001f\u007f]|^[^:]*:(?:\/\/)? /;

/** Whether a URL is an `http:` or `https:` one, or has a scheme that the app allows. */
export function isOpenable(url: string, schemes: readonly string[]): boolean {
  if (UNCLEAN.test(url)) return false;
  const web = /^https?:(\/\/[^/?#\\])?/i.exec(url);
  if (web !== null) return web[1] !== undefined;
  return schemes.some((scheme) => url.toLowerCase().startsWith(scheme.toLowerCase()));
}
