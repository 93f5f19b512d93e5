import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

const DECODERS: Readonly<Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  // "deflate" is zlib by the standard and a bare stream by some servers; the first byte of a zlib header tells.
  deflate: (data, options) =>
    (((data[0] ?? 0) & 0x0f) === 8 ? promisify(inflate) : promisify(inflateRaw))(data, options),
};

/** UTF-8 without a byte order mark. */
export function toText(data: Buffer): string {
  const text = data.toString();
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * Undoes a `Content-Encoding` that nobody asked for. `null`: the result is larger than `maxBytes` (nothing larger is ever built).
 * What cannot be decoded comes back as it is: the body did arrive, so this is no failed connection, and it will not parse.
 */
export async function decode(data: Buffer, encodings: string, maxBytes: number): Promise<string | null> {
  let plain = data;
  for (const name of encodings.toLowerCase().split(',').reverse()) {
    const decoder = DECODERS[name.trim()];
    if (decoder === undefined || plain.length === 0) continue;
    try {
      plain = await decoder(plain, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
      return toText(data);
    }
  }
  return toText(plain);
}
