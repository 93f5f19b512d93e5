import type { ConsentReportPayload } from './consent-report.js';
import type { MomentPayload, SessionPayload } from './payload.js';

/** Lists the values of a payload about the app and the player that an error must not repeat (PROTOCOL K17a). */
export function listSecrets(payload: SessionPayload | MomentPayload): (string | number)[] {
  const { app, device, user, email_address, connection, location } = payload as MomentPayload<'ninthdecimal'>;
  const all = [app.app_key, device.id, user?.userid, email_address, connection.ip, location?.lat, location?.lng];
  return all.filter((value) => value !== undefined);
}

/** Lists the same values of a batch of choices. */
export function listConsentSecrets({ app, user_consent_info }: ConsentReportPayload): string[] {
  const ids = user_consent_info.flatMap(({ device_id, user_id }) => [device_id, user_id]);
  return [app.app_key, ...ids].filter((value) => value !== undefined);
}
