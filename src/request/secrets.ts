import type { MomentPayload, SessionPayload } from './payload.js';

/** What a payload holds about the app and the player that an error must not repeat (PROTOCOL K17a). */
export function listSecrets(payload: SessionPayload | MomentPayload): (string | number)[] {
  const { app, device, user, email_address, connection, location } = payload as MomentPayload<'ninthdecimal'>;
  const all = [app.app_key, device.id, user?.userid, email_address, connection.ip, location?.lat, location?.lng];
  return all.filter((value) => value !== undefined);
}
