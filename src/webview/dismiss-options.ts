/** Options of the functions that read `kiip:` URLs. */
export interface DismissOptions {
  /**
   * Schemes besides `http:` and `https:` that `nativeUrl` may have, each with its colon, in any letter case. Rewards for app installs
   * point to `market:` or `itms-apps:`. Schemes that run code or read files (`javascript:`, `data:`, `file:` …) are refused.
   *
   * @defaultValue `[]`
   */
  schemes?: readonly string[] | undefined;
}

const ALLOWED = /^(?!(?:javascript|vbscript|data|file|blob|about|kiip):)[a-z][a-z\d+.-]*:$/i;

/**
 * Refuses misspelt and wrong options with a `TypeError`. It does not use `check/`, so that an app that only reads URLs loads neither zod nor
 * our error classes.
 */
export function checkOptions(where: string, options: object, callbacks: readonly string[] = []): void {
  const known = [...callbacks, 'schemes'];
  const problems: string[] = [];
  const given = (options ?? {}) as Record<string, unknown>;
  for (const key of Object.keys(given))
    if (!known.includes(key))
      problems.push(`(unknown key) is not a known field: the known ones are ${known.join(', ')}`);
  const { schemes = [] } = given;
  if (!Array.isArray(schemes) || !schemes.every((scheme) => ALLOWED.test(String(scheme))))
    problems.push("schemes must be a list such as ['market:'], without those that run code or read files");
  for (const name of callbacks)
    if (typeof given[name] !== 'function' && (name === 'onDismiss' || given[name] !== undefined))
      problems.push(`${name} must be a function`);
  if (problems.length > 0) throw new TypeError(`${where}: ${problems.join('; ')}.`);
}
