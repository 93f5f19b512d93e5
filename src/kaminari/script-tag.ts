import { checkCallOptions } from '../check/options.js';
import * as z from '../zod.js';
import { findIdProblem } from './impression.js';

/** Options of {@link KaminariClient.scriptTag}. */
export interface ScriptTagOptions {
  /** The value of the page's `script-src 'nonce-…'`, set on both script elements. @defaultValue none */
  readonly nonce?: string | undefined;
  /** The id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: string | undefined;
  /**
   * The name of a function of the page that gets the verdict `{ fraud, block }`, each 0 or 1, in the browser (PROTOCOL M11). It is looked up
   * when the verdict comes, so the page may define it later. @defaultValue none
   */
  readonly onResponse?: string | undefined;
}

const UNSAFE = /[<>&'$\u007f-\uffff]/g;
const NONCE = /^[A-Za-z0-9+/_-]+={0,2}$/;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]{0,99}$/;
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return static super switch ' +
    'this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** Whether it is the name of a function that a page can define, and nothing more. */
export const isFunctionName = (name: unknown): boolean =>
  typeof name === 'string' && IDENTIFIER.test(name) && !RESERVED.has(name);

/** Whether a content policy could name it. */
const isNonce = (nonce: unknown): boolean => typeof nonce === 'string' && NONCE.test(nonce);

const optional = (fits: (value: unknown) => boolean, message: string) =>
  z.optional(z.custom((value) => value === undefined || fits(value), message));

/** The rule for the option `onResponse`. */
export const functionName = () =>
  optional(isFunctionName, "must be the name of a function of the page: a plain identifier such as 'onVerdict'");

const rules = z.strictObject({
  nonce: optional(isNonce, "must be the base64 value of the page's script-src 'nonce-…'"),
  cnvId: optional(
    (value) => findIdProblem(value) === null,
    'must be a string of 1 to 200 characters, none a control character',
  ),
  onResponse: functionName(),
});

/**
 * A JavaScript literal that can stand inside a script element: `<`, `>` and `&` (which could end or comment out the element), quotes,
 * U+2028/2029 and everything beyond ASCII (so the page's own charset does not matter) are written as `\uXXXX`. So is `$`, which means
 * something to `page.replace('…', scriptTag)`.
 */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Hands the verdict to the page's function. One that is missing is said on the console, not thrown into the vendor's script. */
function buildOnResponse(name: string): string {
  const written = name.replaceAll('$', '\\u0024');
  const missing = literal(`kmnr.onResponse: this page has no function ${name}`);
  return `window.kmnr.onResponse=function(){return typeof ${written}==='function'?${written}.apply(this,arguments):console.warn(${missing})};`;
}

/**
 * The script of PROTOCOL M6 for one impression.
 *
 * @param fields - what becomes `window.kmnr`.
 * @param base - the base URL; the script comes from its host, over whatever the page itself came.
 * @throws KiipValidationError when an option is wrong or misspelt.
 */
export function buildScriptTag(
  fields: Readonly<Record<string, string>>,
  base: URL,
  options: ScriptTagOptions | undefined,
): string {
  checkCallOptions(rules, options);
  const { nonce, cnvId, onResponse } = options ?? {};
  const path = `${base.pathname.replace(/\/$/, '')}/v1/script.js`;
  const source = `//${base.host}${path}?kmnrKey=${encodeURIComponent(fields['kmnrKey'] ?? '')}`;
  const attribute = nonce === undefined ? '' : ` nonce="${nonce}"`;
  const inner = nonce === undefined ? '' : `s.setAttribute('nonce',${literal(nonce)});`;
  return (
    `<script${attribute}>window.kmnr=${literal(cnvId === undefined ? fields : { ...fields, cnvId })};` +
    (onResponse === undefined ? '' : buildOnResponse(onResponse)) +
    `(function(){var s=document.createElement('script'),p=document.getElementsByTagName('head')[0]||document.body;` +
    `s.setAttribute('async','true');s.setAttribute('charset','utf-8');${inner}s.src=${literal(source)};p&&p.appendChild(s)})();</script>`
  );
}
