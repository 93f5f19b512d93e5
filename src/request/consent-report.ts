import { listIssues } from '../check/issues.js';
import { KiipValidationError } from '../errors/index.js';
import { wireConsent } from './build.js';
import type { AppIdentity, ConsentInfo } from './context.js';
import { inputSchemas } from './input-schema.js';

/** A player's choice for one device, as {@link KiipClient.reportConsents} takes it. */
export interface ConsentReport {
  /** The device's id, the same as in the calls (PROTOCOL K13). Personal data. */
  deviceId: string;
  /** `true`: the player has opted OUT of the sale of data. */
  optedOut: boolean;
  /** Home state, DC or territory of the USA: two letters such as `CA`, in any case. */
  state?: string | undefined;
  /** Your id for the player. The platform matches user id and device id together. Personal data. */
  userId?: string | undefined;
}

/** A choice to be stored, as {@link KiipClient.updateConsent} takes it. */
export interface ConsentUpdate extends ConsentInfo {
  /**
   * When the player chose. A time more than five minutes ahead comes from a wrong clock and counts as now.
   * @defaultValue now
   */
  at?: Date | undefined;
}

/** The JSON of the batch endpoint (PROTOCOL K14). */
export interface ConsentReportPayload {
  app: { app_key: string; bundle_id?: string; dns_compliance?: boolean };
  user_consent_info: { device_id: string; user_compliance: boolean; state?: string; user_id?: string }[];
}

/** The most choices that the platform accepts in one request. */
const LARGEST_BATCH = 500;

function wireReport({
  deviceId,
  userId,
  ...consent
}: ConsentReport): ConsentReportPayload['user_consent_info'][number] {
  const wire: ConsentReportPayload['user_consent_info'][number] = { device_id: deviceId, ...wireConsent(consent) };
  if (userId !== undefined && userId !== '') wire.user_id = userId;
  return wire;
}

/**
 * Checks a choice before it is stored.
 *
 * @throws KiipValidationError with every problem, under `choice.…`.
 */
export function checkConsentUpdate(choice: ConsentUpdate): void {
  const issues = listIssues(inputSchemas.consentUpdate, choice, 'choice');
  if (issues.length > 0) throw new KiipValidationError(issues);
}

/**
 * Builds the payloads that report these choices, at most 500 in each.
 *
 * @throws KiipValidationError with every problem; nothing is sent then.
 */
export function buildConsentReports(
  { appKey, bundleId, dnsCompliance }: AppIdentity<'ninthdecimal'>,
  reports: readonly ConsentReport[],
): ConsentReportPayload[] {
  const issues = listIssues(inputSchemas.consentReports, reports, 'reports');
  if (issues.length > 0) throw new KiipValidationError(issues);
  const app: ConsentReportPayload['app'] = { app_key: appKey };
  if (bundleId !== undefined && bundleId !== '') app.bundle_id = bundleId;
  if (dnsCompliance !== undefined) app.dns_compliance = dnsCompliance;
  const payloads: ConsentReportPayload[] = [];
  for (let from = 0; from < reports.length; from += LARGEST_BATCH)
    payloads.push({ app, user_consent_info: reports.slice(from, from + LARGEST_BATCH).map(wireReport) });
  return payloads;
}
