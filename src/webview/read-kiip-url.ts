import type { DismissResult, KiipUrl } from './messages.js';
import { isKiipUrl, stripIgnored } from './kiip-url.js';
import { isOpenable } from './openable.js';
import { readParameters } from './query.js';

/** Reads a `kiip:` URL with options that were checked; `null` for any other URL. */
export function readKiipUrl(url: string, schemes: readonly string[] = []): KiipUrl | null {
  if (!isKiipUrl(url)) return null;
  const [, name = '', query = ''] = /^kiip:\/\/([a-z_]+)\/?(?:\?([^#]*))?(?:#|$)/i.exec(stripIgnored(url)) ?? [];
  const parameters = readParameters(query);
  const read = (parameter: string): string | null => parameters.get(parameter) ?? null;
  const kind = name.toLowerCase();
  switch (kind) {
    case 'did_dismiss': {
      const target = read('native_url') ?? read('url') ?? '';
      const nativeUrl = isOpenable(target, schemes) ? target : null;
      return { kind, redeemed: read('close') === null, nativeUrl, droppedNativeUrl: target !== (nativeUrl ?? '') };
    }
    case 'ready':
    case 'open_camera':
    case 'close_camera':
      return { kind };
    case 'share':
      return { kind, subject: read('subject'), text: read('text') };
    case 'video': {
      const video = read('url') ?? '';
      return { kind, url: isOpenable(video, []) ? video : null };
    }
    case 'content':
      return {
        kind,
        content: read(kind),
        quantity: read('quantity'),
        transactionId: read('transaction_id'),
        signature: read('signature'),
      };
    default:
      return { kind: 'unknown' };
  }
}

/** Reads a URL that ends the reward; `null` for any other URL. */
export function readDismissUrl(url: string, schemes?: readonly string[]): DismissResult | null {
  const read = readKiipUrl(url, schemes);
  return read?.kind === 'did_dismiss' ? withoutKind(read) : null;
}

/** Drops `kind`, which `onDismiss` and `parseDismissUrl` do not return. */
export function withoutKind({ kind: _, ...result }: DismissResult & { kind: string }): DismissResult {
  return result;
}
