import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** How much of an answer to keep; the rest is read and dropped. */
const MAX_ANSWER_CHARACTERS = 2_000;

/** The result of one POST. */
export interface PostResult {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/**
 * Sends one POST on its own connection and follows no redirect. Rejects when no complete answer comes within
 * `timeoutMs`, or when `signal` fires.
 */
export function post(
  url: URL,
  {
    contentType,
    body,
    timeoutMs,
    signal,
  }: { contentType: string; body: string; timeoutMs: number; signal: AbortSignal },
): Promise<PostResult> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      accept: '*/*',
      'user-agent': 'kiip-s2s-sandbox',
    };
    const outgoing = send(url, { method: 'POST', headers, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text = (text + chunk).slice(0, MAX_ANSWER_CHARACTERS)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text }),
      );
      response.on('error', reject);
    });
    const timer = setTimeout(
      () => outgoing.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    outgoing.on('error', reject);
    outgoing.on('close', () => {
      clearTimeout(timer);
      reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    });
    outgoing.end(body);
  });
}
