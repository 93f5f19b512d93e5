import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from 'node:zlib';

/** Whether to decode a truncated stream as far as it goes, or to refuse it. */
type Ending = 'lenient' | 'strict';
type Decoder = (data: Buffer, maxOutputLength: number, ending: Ending) => Promise<Buffer>;

const asyncGunzip = promisify(gunzip);
const asyncInflate = promisify(inflate);
const asyncInflateRaw = promisify(inflateRaw);
const asyncBrotli = promisify(brotliDecompress);

// Decode a truncated stream as far as it goes: some servers flush and never finish, and the JSON parser notices a cut.
const FINISH_FLUSH = { lenient: constants.Z_SYNC_FLUSH, strict: constants.Z_FINISH };
const BROTLI_FINISH_FLUSH = { lenient: constants.BROTLI_OPERATION_FLUSH, strict: constants.BROTLI_OPERATION_FINISH };

const decodeGzip: Decoder = (data, maxOutputLength, ending) =>
  asyncGunzip(data, { maxOutputLength, finishFlush: FINISH_FLUSH[ending] });

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', decodeGzip],
  ['x-gzip', decodeGzip],
  [
    'br',
    (data, maxOutputLength, ending) => asyncBrotli(data, { maxOutputLength, finishFlush: BROTLI_FINISH_FLUSH[ending] }),
  ],
  [
    'deflate',
    // "deflate" means zlib in the standard, but some servers send a bare stream. The first byte of a zlib header tells them apart.
    (data, maxOutputLength, ending) =>
      (((data[0] ?? 0) & 0x0f) === 8 ? asyncInflate : asyncInflateRaw)(data, {
        maxOutputLength,
        finishFlush: FINISH_FLUSH[ending],
      }),
  ],
]);

const MOST_CODINGS = 5;

/** Decodes UTF-8 and drops a byte order mark. */
export function toText(data: Buffer): string {
  const text = data.toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * Undoes a `Content-Encoding` that we did not ask for. Returns `null` if the result would exceed `maxBytes`, without ever building it. Returns a
 * body unchanged that cannot be decoded or was encoded more than five times; parsing then reports it.
 */
export async function decode(data: Buffer, encodings: string, maxBytes: number): Promise<string | null> {
  const codings = encodings
    .toLowerCase()
    .split(',', MOST_CODINGS + 1)
    .map((name) => name.trim());
  if (codings.length > MOST_CODINGS) return toText(data);
  let plain = data;
  for (const name of codings.reverse()) {
    const decoder = DECODERS.get(name);
    if (decoder === undefined || plain.length === 0) continue;
    try {
      const decoded = await decoder(plain, maxBytes, 'lenient');
      // An empty body means "no reward", so a stream that was cut before its first byte must not read as empty.
      plain = decoded.length > 0 ? decoded : await decoder(plain, maxBytes, 'strict');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
      return toText(data);
    }
  }
  return toText(plain);
}
