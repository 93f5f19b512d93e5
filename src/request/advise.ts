import type { Platform } from './context.js';
import type { MomentPayload, SessionPayload } from './payload.js';
import { isPublicIp } from './rules.js';

/** What an {@link Advice} can be about. */
export type AdviceCode =
  | 'no_location'
  | 'no_accuracy'
  | 'no_user_agent'
  | 'no_resolution'
  | 'no_manufacturer'
  | 'no_model'
  | 'no_connection_type'
  | 'os_without_version'
  | 'not_a_public_ip'
  | 'zeroed_device_id'
  | 'no_user_id'
  | 'consent_without_user_id';

/** Something that is not wrong, but lowers the fill rate or breaks matching (PROTOCOL K6). */
export interface Advice {
  readonly code: AdviceCode;
  /** Where, in the caller's names, such as `device.userAgent`. */
  readonly path: string;
  /** What to do about it. */
  readonly message: string;
}

const ZEROED_ID = /^0{8}-0{4}-0{4}-0{4}-0{12}$/;

/**
 * Advice on a payload; empty when there is nothing to improve. Never an error, and never a value of the payload in a message.
 *
 * @param options - `platform`: the dialect of the payload, default `ninthdecimal`; `kiip` has no accuracy to ask for.
 * @example
 * for (const { path, message } of adviseOn(buildMoment(app, 'level_up', context))) console.warn(path, message);
 */
export function adviseOn(
  payload: SessionPayload | MomentPayload,
  options: { platform?: Platform | undefined } = {},
): Advice[] {
  const advice: Advice[] = [];
  const add = (missing: boolean, code: AdviceCode, path: string, message: string): void => {
    if (missing) advice.push({ code, path, message });
  };
  const { device, connection, location, user, user_consent_info: consent } = payload as MomentPayload<'ninthdecimal'>;
  const asksAccuracy = options.platform !== 'kiip' && location !== undefined && location.accuracy === undefined;
  add(
    location === undefined,
    'no_location',
    'location',
    'is missing: rewards are targeted by place, and a request without it is filled less often',
  );
  add(asksAccuracy, 'no_accuracy', 'location.accuracy', 'is missing: send the horizontal accuracy in metres');
  add(
    device.user_agent === undefined,
    'no_user_agent',
    'device.userAgent',
    "is missing: send the user agent of the device's browser",
  );
  add(
    device.resolution === undefined,
    'no_resolution',
    'device.resolution',
    "is missing: send the screen's '<width>x<height>'",
  );
  add(
    device.manufacturer === undefined,
    'no_manufacturer',
    'device.manufacturer',
    "is missing: send the device's manufacturer",
  );
  add(device.model === undefined, 'no_model', 'device.model', "is missing: send the device's model");
  add(
    connection.type === undefined,
    'no_connection_type',
    'connection.type',
    "is missing: send the connection's type, such as 'WIFI'",
  );
  add(!/\d/.test(device.os), 'os_without_version', 'device.os', "has no version number: send for example 'Android 15'");
  add(
    !isPublicIp(connection.ip),
    'not_a_public_ip',
    'connection.ip',
    "is private or reserved: send the device's own address, not a proxy's",
  );
  add(
    ZEROED_ID.test(device.id),
    'zeroed_device_id',
    'device.id',
    'is the zeroed advertising identifier of a device with tracking switched off: send another stable id',
  );
  add(
    user?.userid === undefined,
    'no_user_id',
    'user.userId',
    'is missing: virtual-currency callbacks name the player by it',
  );
  add(
    consent !== undefined && user?.userid === undefined,
    'consent_without_user_id',
    'consent',
    'is sent without user.userId: consent is matched on user id and device id together, so this matches nobody',
  );
  return advice;
}
