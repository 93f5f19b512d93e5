/** The variables that the commands read. */
export type Variable =
  | 'KIIP_APP_KEY'
  | 'KIIP_APP_VERSION'
  | 'KIIP_APP_SECRET'
  | 'KIIP_MOMENT_ID'
  | 'KIIP_BASE_URL'
  | 'KAMINARI_KEY'
  | 'KAMINARI_BASE_URL';

/** Where options of the library come from on the command line, so that their problems can be told in the user's terms. */
export type Origins = Readonly<Record<string, Variable>>;

export const KIIP_ORIGINS: Origins = {
  appKey: 'KIIP_APP_KEY',
  appVersion: 'KIIP_APP_VERSION',
  baseUrl: 'KIIP_BASE_URL',
};
export const KAMINARI_ORIGINS: Origins = { kmnrKey: 'KAMINARI_KEY', baseUrl: 'KAMINARI_BASE_URL' };

/** A variable's value; one that is empty, as a missing secret of a CI system is, counts as not set. */
export function fromEnvironment(name: Variable): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** A base URL that can only be a sandbox's: the platform and Kaminari are not spoken to in the clear. */
export function readSandboxUrl(name: 'KIIP_BASE_URL' | 'KAMINARI_BASE_URL'): string | undefined {
  const url = fromEnvironment(name);
  return url !== undefined && /^http:/i.test(url) ? url : undefined;
}

export const PLATFORM_URL = 'https://api.kiip.me';
export const KAMINARI_URL = 'https://kaminari.systems';
export const DEFAULT_APP_VERSION = '1.0';
