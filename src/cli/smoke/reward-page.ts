import { isLoopbackHost } from '../../check/loopback.js';
import type { StepResult } from './steps.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** Loopback's names are one host. */
const nameHost = ({ hostname, port }: URL): string => `${isLoopbackHost(hostname) ? 'localhost' : hostname}:${port}`;

/**
 * Whether the page behind a reward may be asked for: on the host that is talked to, or on one of Kiip's. The address comes out of an
 * answer, and a check must not be a way to make this machine call anything.
 */
export function mayFetch(url: URL, baseUrl: string): boolean {
  const base = new URL(baseUrl);
  if (url.protocol === base.protocol && nameHost(url) === nameHost(base)) return true;
  return (
    url.protocol === 'https:' && url.port === '' && (url.hostname === 'kiip.me' || url.hostname.endsWith('.kiip.me'))
  );
}

/** Fetches the page that a player would see, within limits of time and size. */
export async function fetchRewardPage(href: string, baseUrl: string, stop: AbortSignal): Promise<StepResult<object>> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  let url = new URL(href);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (!mayFetch(url, baseUrl)) {
      return { failed: `${url.host} is neither the platform's host nor one of kiip.me: the page was not fetched.` };
    }
    const answer = await get(url, signal);
    if (answer === null)
      return { failed: `${url.host} did not answer within ${TIMEOUT_MS / 1000} s, or the connection failed.` };
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      await answer.body?.cancel();
      if (!URL.canParse(location, url)) return { failed: 'The page redirects to something that is no address.' };
      url = new URL(location, url);
      continue;
    }
    return judge(answer);
  }
  return { failed: `The page redirects more than ${MAX_REDIRECTS} times.` };
}

/** `null` when there was no answer; the error itself holds addresses. */
const get = (url: URL, signal: AbortSignal): Promise<Response | null> =>
  fetch(url.href, { redirect: 'manual', signal, headers: { accept: 'text/html' } }).catch(() => null);

async function judge(answer: Response): Promise<StepResult<object>> {
  if (!answer.ok) {
    await answer.body?.cancel();
    return { failed: `The reward's page answered ${answer.status}: a player would see nothing.` };
  }
  const bytes = await lengthOf(answer).catch(() => null);
  if (bytes === null) return { failed: "The reward's page broke off, or took too long." };
  if (bytes > MAX_BYTES)
    return { failed: `The reward's page is longer than ${MAX_BYTES} bytes; reading was given up.` };
  if (bytes === 0) return { failed: "The reward's page is empty: a player would see nothing." };
  const type = answer.headers.get('content-type')?.split(';')[0]?.trim() ?? 'no content type';
  return { value: {}, detail: `${answer.status}, ${type}, ${bytes} bytes` };
}

async function lengthOf(answer: Response): Promise<number> {
  if (answer.body === null) return 0;
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
  }
  return bytes;
}
