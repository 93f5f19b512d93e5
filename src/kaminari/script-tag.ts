import { checkCallOptions } from '../check/check-options.js';
import * as z from '../zod.js';
import { findIdProblem } from './impression.js';

/** Options of {@link KaminariClient.scriptTag}. */
export interface ScriptTagOptions {
  /** The page's CSP nonce (`script-src 'nonce-…'`), set on both script elements. @defaultValue none */
  readonly nonce?: string | undefined;
  /** The id that a later `conversion()` of this view carries (PROTOCOL M10). @defaultValue none */
  readonly cnvId?: string | undefined;
  /**
   * The name of the page's function that receives the verdict `{ fraud, block }`, each 0 or 1, in the browser
   * (PROTOCOL M11). It is looked up when the verdict comes, so the page may define it after the tag.
   * @defaultValue none
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

/** Whether the value is a plain function name. Anything else could inject code. */
const isFunctionName = (name: unknown): boolean =>
  typeof name === 'string' && IDENTIFIER.test(name) && !RESERVED.has(name);

/** Whether the value is a valid CSP nonce. */
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
    'must be a string of 1 to 200 characters without control characters',
  ),
  onResponse: functionName(),
});

/**
 * Writes a value as a JavaScript literal that is safe inside a script element. Escapes as `\uXXXX`: `<`, `>` and `&`, which could end the element;
 * quotes and U+2028/2029; everything beyond ASCII, so that any page charset works; and `$`, which `page.replace('…', scriptTag)` would interpret.
 */
const literal = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Passes the verdict to the page's function. If the function is missing, logs to the console instead of throwing into Kaminari's script. */
function buildOnResponse(name: string): string {
  const written = name.replaceAll('$', '\\u0024');
  const missing = literal(`kmnr.onResponse: this page has no function ${name}`);
  return `window.kmnr.onResponse=function(){return typeof ${written}==='function'?${written}.apply(this,arguments):console.warn(${missing})};`;
}

/**
 * Builds the script elements for one impression (PROTOCOL M6).
 *
 * @param fields - the value of `window.kmnr`.
 * @param base - the base URL; the script loads from its host, over the page's own protocol.
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
