import { createReadStream } from 'node:fs';
import { KiipConfigError } from '../errors/index.js';

/** The longest input to read, in bytes: more than any context, callback or secret has. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads the bytes of a file, or of stdin for `-`.
 *
 * @param what - what the input is, for messages, such as `The context`.
 * @throws KiipConfigError when it cannot be read, is longer than 1 MiB, or stdin is a terminal.
 */
export async function readInput(path: string, what: string): Promise<Buffer> {
  if (path === '-' && process.stdin.isTTY)
    throw new KiipConfigError(`${what} is read from stdin: pipe it in, or name a file.`);
  // Read a stream, so that a named pipe works too: `--context <(generate)`.
  const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES)
        throw new KiipConfigError(`${what} is longer than ${MAX_BYTES} bytes: check that you named the right file.`);
    }
  } catch (error) {
    if (error instanceof KiipConfigError) throw error;
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new KiipConfigError(
      `${what} cannot be read from ${path === '-' ? 'stdin' : path} (${code}): check the path.`,
    );
  }
  return Buffer.concat(chunks);
}

/**
 * Parses JSON with `parse`. The error gives only the position, because the parser's own message quotes the text, which
 * may be a player's data.
 *
 * @throws KiipConfigError when the text is empty or not JSON.
 */
export function readJsonText<T>(text: string, what: string, parse: (text: string) => T): T {
  if (text.trim() === '') throw new KiipConfigError(`${what} is empty: pipe it in, or name a file.`);
  try {
    return parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const before = (position === undefined ? text : text.slice(0, Number(position))).split('\n');
    throw new KiipConfigError(
      `${what} is not JSON: see line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.`,
    );
  }
}
