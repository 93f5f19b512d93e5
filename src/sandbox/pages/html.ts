import type { Answer } from '../http/route.js';

/** Text that is already HTML. */
export class Markup {
  constructor(readonly text: string) {}
}

type Value = string | number | Markup | null | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toMarkup(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(toMarkup).join('');
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Builds HTML; escapes every value that is not {@link Markup}, in elements and in quoted attributes. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(strings.map((text, index) => (index === 0 ? text : toMarkup(values[index - 1] ?? null) + text)).join(''));

const HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' };

/** Builds the answer with a page. `policy` is its Content-Security-Policy, which must allow no inline script or style. */
export const pageAnswer = (status: number, { text }: Markup, policy: string, verdict: string): Answer => ({
  status,
  body: text,
  contentType: 'text/html; charset=utf-8',
  headers: { ...HEADERS, 'content-security-policy': policy },
  verdict,
});

/** Builds the answer with a script, a style sheet or a picture. */
export const assetAnswer = (
  body: string,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status: 200,
  body,
  contentType,
  headers: { ...HEADERS, ...headers },
  verdict: 'asset of a page',
});
