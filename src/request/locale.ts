const PLAIN = /^[a-z]{2,3}(?:_[A-Z]{2})?$/;
/** The longest locale that ICU writes; phones get their locales from it. */
const LONGEST = 157;
const LANGUAGE = /^[a-z]{2,3}$/i;
const REGION = /^(?:[a-z]{2}|\d{3})$/i;
const VARIANT = /^(?:[a-z\d]{5,8}|\d[a-z\d]{3})$/i;
const SUBTAG = /^[a-z\d]{0,8}$/i;

/** Cuts off what a system appends: `@…` (Apple, POSIX), `.UTF-8` (POSIX), `_#Hans` (Java). */
function cutNotes(text: string): string {
  const end = text.search(/[@.#]/);
  return end === -1 ? text : text.slice(0, end);
}

/**
 * Returns the locale as it is sent, `en_US`, or `null` when it names no language (PROTOCOL K12). Phones write it in many ways:
 * `en-US`, `zh-Hans-CN`, `zh_CN_#Hans`, `en_US@rg=gbzzzz`, `en_US.UTF-8`. Scripts, extensions and
 * variants that are not in BCP 47 are dropped; registered variants stay, as in `en_US_POSIX`.
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
