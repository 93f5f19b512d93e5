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
 * Reads the parameters of a query, percent-decoded once. Of a repeated parameter the first counts. `+` stays, because a
 * redirect's own `+` must survive.
 */
export function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = decodeOnce(equals < 0 ? pair : pair.slice(0, equals));
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : decodeOnce(pair.slice(equals + 1)));
  }
  return parameters;
}
