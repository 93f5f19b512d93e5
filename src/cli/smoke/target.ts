import type { Embedded } from './embedded.js';
import { DEFAULT_APP_VERSION, fromEnvironment, PLATFORM_URL } from '../environment.js';

/** What is checked: the platform, or the sandbox inside this process. */
export interface Target {
  readonly kind: 'sandbox' | 'platform';
  readonly baseUrl: string;
  readonly appKey: string;
  readonly appVersion: string;
  readonly momentId: string;
  /** `null` on the platform: nobody can redeem a reward of it from here. */
  readonly embedded: Embedded | null;
}

/** `KIIP_APP_KEY` decides: whoever set it means the platform, or what `KIIP_BASE_URL` says. */
export async function openTarget(): Promise<Target> {
  const appVersion = fromEnvironment('KIIP_APP_VERSION') ?? DEFAULT_APP_VERSION;
  const momentId = fromEnvironment('KIIP_MOMENT_ID') ?? 'smoke_test';
  const appKey = fromEnvironment('KIIP_APP_KEY');
  if (appKey !== undefined) {
    const baseUrl = fromEnvironment('KIIP_BASE_URL') ?? PLATFORM_URL;
    return { kind: 'platform', baseUrl, appKey, appVersion, momentId, embedded: null };
  }
  const { startEmbedded } = await import('./embedded.js');
  const embedded = await startEmbedded();
  const { url, appKey: sandboxKey } = embedded.sandbox;
  return { kind: 'sandbox', baseUrl: url, appKey: sandboxKey, appVersion, momentId, embedded };
}
