import type { IncomingHttpHeaders } from 'node:http';

/** The headers of PROTOCOL M4 in the order of the document's ping test answer. `true`: mandatory. */
const VISITOR_HEADERS: readonly (readonly [name: string, isMandatory: boolean])[] = [
  ['User-Agent', true],
  ['Referer', false],
  ['Accept-Language', true],
  ['X-Original-Ip', true],
  ['X-Forwarded-For', true],
  ['X-Real-IP', false],
  ['sec-ch-ua-arch', false],
  ['sec-ch-ua', false],
  ['sec-ch-ua-full-version', false],
  ['device-memory', false],
  ['dpr', false],
  ['sec-ch-ua-mobile', false],
  ['sec-ch-ua-model', false],
  ['sec-ch-ua-platform', false],
  ['sec-ch-ua-platform-version', false],
  ['viewport-width', false],
];

/** Whether a header is missing. An empty header counts as missing; the document's own sample fills one with two quotes, `Referer: ""`. */
const isMissing = (headers: IncomingHttpHeaders, name: string): boolean => (headers[name.toLowerCase()] ?? '') === '';

/** Picks the visitor's headers of a request, with lower-case names. */
export function visitorHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name] of VISITOR_HEADERS) {
    const value = headers[name.toLowerCase()];
    if (value !== undefined) found[name.toLowerCase()] = String(value);
  }
  return found;
}

/** Lists the mandatory headers that are missing or empty, with lower-case names. */
export const missingMandatory = (headers: IncomingHttpHeaders): string[] =>
  VISITOR_HEADERS.filter(([name, isMandatory]) => isMandatory && isMissing(headers, name)).map(([name]) =>
    name.toLowerCase(),
  );

/**
 * Builds the ping test's answer. It leaves out `X-Original-Ip`, as the document's sample does, although that request lacks the header; the
 * sandbox's record of the request names it.
 */
export function pingtestErrors(headers: IncomingHttpHeaders): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [name] of VISITOR_HEADERS) {
    if (name !== 'X-Original-Ip' && isMissing(headers, name)) errors[name] = 'recommended to add in request headers';
  }
  return errors;
}
