import { KiipValidationError } from '../errors/index.js';

const UNSAFE = /[<>&'\u007f-\uffff]/g;
const NONCE = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * A JavaScript literal that can stand inside a script element: `<`, `>` and `&` (which could end or comment out the element), quotes,
 * U+2028/2029 and everything beyond ASCII (so the page's own charset does not matter) are written as `\uXXXX`.
 */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * The script of PROTOCOL M6 for one impression.
 *
 * @param fields - what becomes `window.kmnr`.
 * @param base - the base URL; the script comes from its host, over whatever the page itself came.
 * @throws KiipValidationError when the nonce is none that a content policy could name.
 */
export function buildScriptTag(fields: Readonly<Record<string, string>>, base: URL, nonce: string | undefined): string {
  if (nonce !== undefined && !NONCE.test(nonce))
    throw new KiipValidationError([
      { path: 'nonce', message: "must be the base64 value of the page's script-src 'nonce-…'" },
    ]);
  const path = `${base.pathname.replace(/\/$/, '')}/v1/script.js`;
  const source = `//${base.host}${path}?kmnrKey=${encodeURIComponent(fields['kmnrKey'] ?? '')}`;
  const attribute = nonce === undefined ? '' : ` nonce="${nonce}"`;
  const inner = nonce === undefined ? '' : `s.setAttribute('nonce',${literal(nonce)});`;
  return (
    `<script${attribute}>window.kmnr=${literal(fields)};` +
    `(function(){var s=document.createElement('script'),p=document.getElementsByTagName('head')[0]||document.body;` +
    `s.setAttribute('async','true');s.setAttribute('charset','utf-8');${inner}s.src=${literal(source)};p&&p.appendChild(s)})();</script>`
  );
}
