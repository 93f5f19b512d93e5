const PLAIN = /^[a-z]{2,3}(?:_[A-Z]{2})?$/;
/** ICU, which phones take their locales from, writes none that is longer. */
const LONGEST = 157;
const LANGUAGE = /^[a-z]{2,3}$/i;
const REGION = /^(?:[a-z]{2}|\d{3})$/i;
const VARIANT = /^(?:[a-z\d]{5,8}|\d[a-z\d]{3})$/i;
const SUBTAG = /^[a-z\d]{0,8}$/i;

/** What stands before the platform's own notes: Apple's and POSIX's `@…`, POSIX's `.UTF-8`, Java's `_#Hans`. */
function cutNotes(text: string): string {
  const end = text.search(/[@.#]/);
  return end === -1 ? text : text.slice(0, end);
}

/**
 * The locale as it is sent, `en_US`, or `null` when no language can be read (PROTOCOL K12). Phones write it in many ways:
 * `en-US`, `zh-Hans-CN`, `zh_CN_#Hans`, `en_US@rg=gbzzzz`, `en_US.UTF-8`. A script, an extension and a variant that is not
 * one of BCP 47 are dropped; a registered one stays, as in `en_US_POSIX`.
 */
export function normalizeLocale(text: string): string | null {
  if (PLAIN.test(text)) return text;
  const trimmed = text.trim();
  if (trimmed.length > LONGEST) return null;
  const [language = '', ...subtags] = cutNotes(trimmed).split(/[-_]/);
  if (!LANGUAGE.test(language) || !subtags.every((subtag) => SUBTAG.test(subtag))) return null;
  // A subtag of one character begins an extension such as -u-ca-buddhist.
  const extension = subtags.findIndex((subtag) => subtag.length === 1);
  const known = extension === -1 ? subtags : subtags.slice(0, extension);
  const region = known.find((subtag) => REGION.test(subtag));
  const parts = [language.toLowerCase()];
  if (region !== undefined) parts.push(region.toUpperCase());
  return [...parts, ...known.filter((subtag) => VARIANT.test(subtag))].join('_');
}
