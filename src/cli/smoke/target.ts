import type { Embedded } from './embedded.js';
import { DEFAULT_APP_VERSION, fromEnvironment, PLATFORM_URL, readSandboxUrl } from '../environment.js';

/** The server to check: the platform, a sandbox elsewhere, or a sandbox inside this process. */
export interface Target {
  readonly kind: 'sandbox' | 'platform';
  readonly baseUrl: string;
  readonly appKey: string;
  readonly appVersion: string;
  readonly momentId: string;
  /** Whether the moment id is made up, because `KIIP_MOMENT_ID` is not set. */
  readonly isMomentMadeUp: boolean;
  /** The sandbox inside this process; `null` for any other target, whose rewards cannot be redeemed from here. */
  readonly embedded: Embedded | null;
}

const MADE_UP_MOMENT = 'smoke_test';
/** A key for a sandbox without `appKey`, which accepts any. */
const SANDBOX_KEY = 'sandbox-app-key';

/**
 * Chooses the target. With `KIIP_APP_KEY` it is the platform, or the server at `KIIP_BASE_URL`. Without the key, a base
 * URL with `http:` means a running sandbox, because the platform has only `https:`.
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
