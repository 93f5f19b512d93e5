import type { IncomingMessage } from 'node:http';

/**
 * Reads a body as UTF-8 text and calls `done` once, with `null` when the body is longer than `maxBytes`. Drops a
 * request that breaks off.
 */
export function readBody(request: IncomingMessage, maxBytes: number, done: (text: string | null) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks = [];
  });
  request.on('end', () => {
    if (size > maxBytes) done(null);
    else done(chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString());
  });
  request.on('error', () => undefined);
}
