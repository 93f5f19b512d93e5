import type { IncomingMessage } from 'node:http';
import { parseUrl } from '../../check/base-url.js';
import { isLoopbackHost } from '../../check/loopback.js';
import { findEnvironmentProxy } from '../../transport/env-proxy.js';
import { getPage } from './get-page.js';
import { failed, passed, type StepResult } from './steps.js';
import type { Target } from './target.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** Names a URL's host and port. All loopback names count as one host. */
const nameHost = ({ hostname, port }: URL): string => `${isLoopbackHost(hostname) ? 'localhost' : hostname}:${port}`;

/**
 * Whether the page of a reward may be fetched: only from the host under test, or from Kiip's. The address comes from an
 * answer, which must not make this machine call any other host.
 */
export function mayFetch(url: URL, baseUrl: string): boolean {
  const base = new URL(baseUrl);
  if (url.protocol === base.protocol && nameHost(url) === nameHost(base)) return true;
  return (
    url.protocol === 'https:' && url.port === '' && (url.hostname === 'kiip.me' || url.hostname.endsWith('.kiip.me'))
  );
}

/** Fetches the page that a player would see, within limits of time and size. */
export async function fetchRewardPage(
  href: string,
  { baseUrl, embedded }: Pick<Target, 'baseUrl' | 'embedded'>,
  stop: AbortSignal,
): Promise<StepResult<object>> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  let url = new URL(href);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (!mayFetch(url, baseUrl)) {
      return failed(`${url.host} is neither the platform's host nor one of kiip.me: the page was not fetched.`);
    }
    const answer = await getPage(url, embedded === null ? findEnvironmentProxy(url.href) : null, signal);
    if (answer === null)
      return failed(`${url.host} did not answer within ${TIMEOUT_MS / 1000} s, or the connection failed.`);
    const { statusCode: status = 0, headers } = answer;
    const { location } = headers;
    if (status >= 300 && status < 400 && location !== undefined) {
      answer.destroy();
      const next = parseUrl(location, url);
      if (next === null) return failed("The reward's page redirects to something that is not a URL.");
      url = next;
      continue;
    }
    return judge(answer);
  }
  return failed(`The reward's page redirects more than ${MAX_REDIRECTS} times.`);
}

async function judge(answer: IncomingMessage): Promise<StepResult<object>> {
  const { statusCode: status = 0, headers } = answer;
  if (status < 200 || status > 299) {
    answer.destroy();
    return failed(`The reward's page answered ${status}: a player would see nothing.`);
  }
  const bytes = await countBytes(answer).catch(() => null);
  if (bytes === null) return failed("The reward's page broke off, or took too long.");
  if (bytes > MAX_BYTES)
    return failed(`The reward's page is longer than ${MAX_BYTES} bytes, so it was not read to its end.`);
  if (bytes === 0) return failed("The reward's page is empty: a player would see nothing.");
  const type = headers['content-type']?.split(';')[0]?.trim() ?? 'no content type';
  return passed({}, `${status}, ${type}, ${bytes} bytes`);
}

async function countBytes(answer: IncomingMessage): Promise<number> {
  let bytes = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
  }
  return bytes;
}
