import type { Embedded } from './embedded.js';
import { DEFAULT_APP_VERSION, fromEnvironment, PLATFORM_URL, readSandboxUrl } from '../environment.js';

/** What is checked: the platform, a sandbox that runs elsewhere, or the one inside this process. */
export interface Target {
  readonly kind: 'sandbox' | 'platform';
  readonly baseUrl: string;
  readonly appKey: string;
  readonly appVersion: string;
  readonly momentId: string;
  /** Whether the moment id is made up, since `KIIP_MOMENT_ID` is not set. */
  readonly isMomentMadeUp: boolean;
  /** `null` outside this process: nobody can redeem a reward of it from here. */
  readonly embedded: Embedded | null;
}

const MADE_UP_MOMENT = 'smoke_test';
/** A sandbox that was not told a key accepts any. */
const SANDBOX_KEY = 'sandbox-app-key';

/**
 * `KIIP_APP_KEY` decides: whoever set it means the platform, or what `KIIP_BASE_URL` says. Without it, a base URL with `http:` means a
 * sandbox that runs already, since the platform has none.
 */
export async function openTarget(): Promise<Target> {
  const given = fromEnvironment('KIIP_MOMENT_ID');
  const common = {
    appVersion: fromEnvironment('KIIP_APP_VERSION') ?? DEFAULT_APP_VERSION,
    momentId: given ?? MADE_UP_MOMENT,
    isMomentMadeUp: given === undefined,
  };
  const appKey = fromEnvironment('KIIP_APP_KEY');
  if (appKey !== undefined) {
    const baseUrl = fromEnvironment('KIIP_BASE_URL') ?? PLATFORM_URL;
    return { kind: 'platform', baseUrl, appKey, ...common, embedded: null };
  }
  const sandboxUrl = readSandboxUrl('KIIP_BASE_URL');
  if (sandboxUrl !== undefined)
    return { kind: 'sandbox', baseUrl: sandboxUrl, appKey: SANDBOX_KEY, ...common, embedded: null };
  const { startEmbedded } = await import('./embedded.js');
  const embedded = await startEmbedded();
  const { url, appKey: embeddedKey } = embedded.sandbox;
  return { kind: 'sandbox', baseUrl: url, appKey: embeddedKey, ...common, embedded };
}
