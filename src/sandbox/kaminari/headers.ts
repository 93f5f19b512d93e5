import type { IncomingHttpHeaders } from 'node:http';

/** The headers of PROTOCOL M4 as the document prints them in its ping test's answer, in that order. `true`: mandatory. */
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

/** An empty header says as little as none: the document's own sample sends `Referer: ""`, two quotes, to fill one. */
const isMissing = (headers: IncomingHttpHeaders, name: string): boolean => (headers[name.toLowerCase()] ?? '') === '';

/** The visitor's headers that a request carries, lower-case names. */
export function visitorHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name] of VISITOR_HEADERS) {
    const value = headers[name.toLowerCase()];
    if (value !== undefined) found[name.toLowerCase()] = String(value);
  }
  return found;
}

/** The mandatory headers that are missing or empty, lower-case names. */
export const missingMandatory = (headers: IncomingHttpHeaders): string[] =>
  VISITOR_HEADERS.filter(([name, isMandatory]) => isMandatory && isMissing(headers, name)).map(([name]) =>
    name.toLowerCase(),
  );

/**
 * What the ping test answers. As in the document's sample, whose request lacks it too, `X-Original-Ip` is not part of the answer;
 * the sandbox's record of the request names it.
 */
export function pingtestErrors(headers: IncomingHttpHeaders): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [name] of VISITOR_HEADERS) {
    if (name !== 'X-Original-Ip' && isMissing(headers, name)) errors[name] = 'recommended to add in request headers';
  }
  return errors;
}
