/** The variables that the commands read. */
export type Variable =
  | 'KIIP_APP_KEY'
  | 'KIIP_APP_VERSION'
  | 'KIIP_APP_SECRET'
  | 'KIIP_MOMENT_ID'
  | 'KIIP_BASE_URL'
  | 'KAMINARI_KEY'
  | 'KAMINARI_BASE_URL';

/** The variable that each library option comes from, so that error messages can name it. */
export type Origins = Readonly<Record<string, Variable>>;

export const KIIP_ORIGINS: Origins = {
  appKey: 'KIIP_APP_KEY',
  appVersion: 'KIIP_APP_VERSION',
  baseUrl: 'KIIP_BASE_URL',
};
export const KAMINARI_ORIGINS: Origins = { kmnrKey: 'KAMINARI_KEY', baseUrl: 'KAMINARI_BASE_URL' };

/** Reads a variable. An empty one counts as not set, because CI systems set a missing secret to the empty text. */
export function fromEnvironment(name: Variable): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** Reads a base URL. Returns it only if it is `http:`, as only a sandbox's is. */
export function readSandboxUrl(name: 'KIIP_BASE_URL' | 'KAMINARI_BASE_URL'): string | undefined {
  const url = fromEnvironment(name);
  return url !== undefined && /^http:/i.test(url) ? url : undefined;
}

export const PLATFORM_URL = 'https://api.kiip.me';
export const KAMINARI_URL = 'https://kaminari.systems';
export const DEFAULT_APP_VERSION = '1.0';
