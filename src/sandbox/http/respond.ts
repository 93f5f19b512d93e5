import type { ServerResponse } from 'node:http';
import type { Fault } from '../faults.js';
import type { Answer } from './route.js';

const GARBAGE =
  '<!doctype html><html><head><title>Welcome</title></head><body>Please sign in to this network.</body></html>';
const DRIP_MS = 25;
const PAD = ' '.repeat(64 * 1024);

/** Sends an answer without a fault. */
export function respond(
  response: ServerResponse,
  { status, body, contentType = 'application/json', headers }: Answer,
): void {
  if (status === 204 || status === 304) response.writeHead(status, { ...headers });
  else
    response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Sends an answer with a fault. `answer` is `null` for faults that prevent processing. */
export function respondFaultily(response: ServerResponse, answer: Answer | null, fault: Fault): void {
  const real: Answer = answer ?? { status: 200, body: '', verdict: '' };
  switch (fault.kind) {
    case 'status':
      return respondStatus(response, fault.status, fault.retryAfter);
    case 'redirect':
      return respond(response, { ...real, status: 307, body: '', headers: { location: fault.location } });
    case 'reset':
      return void response.socket?.resetAndDestroy();
    case 'garbage':
      return respond(response, { ...real, status: 200, body: GARBAGE, contentType: 'text/html' });
    case 'delay':
      return later(
        response,
        setTimeout(() => respond(response, real), fault.ms),
      );
    case 'truncate':
      return truncate(response, real);
    case 'drip':
      return drip(response, real, fault.bytesPerSecond);
    case 'oversize':
      return oversize(response, real, fault.bytes);
  }
}

function respondStatus(response: ServerResponse, status: number, retryAfter: string | undefined): void {
  const body = status < 300 ? '' : JSON.stringify({ error: 'the sandbox was told to answer with this status' });
  respond(response, {
    status,
    body,
    verdict: '',
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  });
}

/** Clears a timer when its connection closes, so that a caller who gives up, or `close()`, leaves no timer behind. */
function later(response: ServerResponse, timer: NodeJS.Timeout): void {
  response.once('close', () => clearTimeout(timer));
}

function writeHead(
  response: ServerResponse,
  { status, contentType = 'application/json', headers }: Answer,
  length: number | null,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    ...(length !== null && { 'content-length': length }),
    ...headers,
  });
}

function truncate(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body);
  // At least one byte has to be missing, even if the body is empty.
  writeHead(response, answer, Math.max(body.length, 1));
  response.flushHeaders();
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

function drip(response: ServerResponse, answer: Answer, bytesPerSecond: number): void {
  const body = Buffer.from(answer.body);
  writeHead(response, answer, body.length);
  response.flushHeaders();
  const started = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(body.length, Math.floor(((performance.now() - started) / 1000) * bytesPerSecond));
    if (due > sent) response.write(body.subarray(sent, due));
    sent = due;
    if (sent === body.length) response.end();
  }, DRIP_MS);
  later(response, timer);
}

function oversize(response: ServerResponse, answer: Answer, bytes: number): void {
  writeHead(response, answer, null);
  let left = bytes - Buffer.byteLength(answer.body);
  response.write(answer.body);
  const pad = (): void => {
    while (left > 0) {
      const chunk = left >= PAD.length ? PAD : PAD.slice(0, left);
      left -= chunk.length;
      if (!response.write(chunk) && left > 0) return void response.once('drain', pad);
    }
    response.end();
  };
  pad();
}
