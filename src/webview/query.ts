/** Decodes once, so `%2525` becomes `%25`. Keeps escapes that are not UTF-8, because a hostile page must not make us throw. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/**
 * Reads a parameter of a query, percent-decoded once; `null` when it is absent. Of a repeated parameter the first counts. `+` stays, because
 * a redirect's own `+` must survive.
 */
export function readParameter(query: string, wanted: string): string | null {
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (decodeOnce(name) === wanted) return equals < 0 ? '' : decodeOnce(pair.slice(equals + 1));
  }
  return null;
}
