import { checkCallOptions } from '../check/check-options.js';
import type { Platform } from './context.js';
import { inputSchemas } from './input-schema.js';
import type { MomentPayload, SessionPayload } from './payload.js';
import { isInEea, isInUs } from './places.js';
import { isPublicIp } from './rules.js';

/** The subject of an {@link Advice}. */
export type AdviceCode =
  | 'no_location'
  | 'no_accuracy'
  | 'null_island'
  | 'location_in_eea'
  | 'location_outside_us'
  | 'no_user_agent'
  | 'no_resolution'
  | 'no_manufacturer'
  | 'no_model'
  | 'no_connection_type'
  | 'os_without_version'
  | 'not_a_public_ip'
  | 'zeroed_device_id'
  | 'not_a_device_id'
  | 'child'
  | 'no_user_id'
  | 'consent_without_user_id'
  | 'unrewarded_outside_us';

/** A hint about valid input that lowers the fill rate or breaks matching (PROTOCOL K6). */
export interface Advice {
  /** Stable identifier of the subject. */
  readonly code: AdviceCode;
  /** Path in your own names, such as `device.userAgent`. */
  readonly path: string;
  /** What to do about it. */
  readonly message: string;
}

type Wire = MomentPayload<'ninthdecimal'>;
type Add = (applies: boolean, code: AdviceCode, path: string, message: string) => void;

/** Matches zeros, with or without dashes: the id that a phone reports when its owner has switched tracking off. */
const ZEROED_ID = /^[0-]{1,64}$/;
// prettier-ignore
const NOT_IDS: ReadonlySet<string> = new Set(['undefined', 'null', '(null)', 'unknown', 'none', 'nil', 'nan', 'n/a', '[object object]']);
const ADULT_ENOUGH = 13;

/** The documents' sentences about places, quoted. */
export const PLACE_RULES = {
  eea: 'Due to GDPR regulations, NinthDecimal is now blocking all ad requests from the affected EEA regions.',
  us: 'When testing from outside the US it is recommended to simulate a US-based location when requesting rewards.',
} as const;

function adviseOnPlace(add: Add, { location, test }: Wire, platform: Platform): void {
  add(
    location === undefined,
    'no_location',
    'location',
    'is missing: rewards are targeted by place, and a request without it is filled less often',
  );
  if (location === undefined) return;
  add(
    platform !== 'kiip' && location.accuracy === undefined,
    'no_accuracy',
    'location.accuracy',
    'is missing: send the horizontal accuracy in metres',
  );
  const isNullIsland = location.lat === 0 && location.lng === 0;
  add(
    isNullIsland,
    'null_island',
    'location',
    'is 0, 0, a place in the Atlantic: leave the location out when the device does not know it',
  );
  add(isInEea(location), 'location_in_eea', 'location', `is in the EEA. The documents say: "${PLACE_RULES.eea}"`);
  add(
    test && !isNullIsland && !isInUs(location),
    'location_outside_us',
    'location',
    `is outside the US (did the longitude lose its minus sign?). The documents say: "${PLACE_RULES.us}" US_TEST_PLACE is such a location`,
  );
}

function adviseOnDevice(add: Add, { device, connection }: Wire): void {
  const missing = (value: string | undefined, code: AdviceCode, path: string, what: string): void =>
    add(value === undefined, code, path, `is missing: send ${what}`);
  missing(device.user_agent, 'no_user_agent', 'device.userAgent', "the user agent of the device's browser");
  missing(device.resolution, 'no_resolution', 'device.resolution', "the screen's '<width>x<height>'");
  missing(device.manufacturer, 'no_manufacturer', 'device.manufacturer', "the device's manufacturer");
  missing(device.model, 'no_model', 'device.model', "the device's model");
  missing(connection.type, 'no_connection_type', 'connection.type', "the connection's type, such as 'WIFI'");
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
    "is all zeros: the player switched tracking off. Respect that; send an id of your app's own, if your policy allows one",
  );
  add(
    NOT_IDS.has(device.id.trim().toLowerCase()),
    'not_a_device_id',
    'device.id',
    'is a word that stands for a missing value: find out where the id gets lost',
  );
}

function adviseOnPlayer(add: Add, { user, user_consent_info: consent }: Wire): void {
  add(
    user?.age !== undefined && user.age < ADULT_ENOUGH,
    'child',
    'user.age',
    "is under 13: this call sends a child's device id and location. Ask your counsel whether it may (COPPA)",
  );
  const isNobody = user?.userid === undefined;
  const why = 'virtual-currency callbacks name the player by it, and consent is matched by it';
  add(isNobody, 'no_user_id', 'user.userId', `is missing: ${why}`);
  add(
    consent !== undefined && isNobody,
    'consent_without_user_id',
    'consent',
    'is sent without user.userId: consent is matched on user id and device id together, so this matches nobody',
  );
}

/**
 * Gives advice on a payload: what lowers the fill rate or breaks matching. The list is empty when there is nothing to
 * improve. No message repeats a value of the payload (PROTOCOL K6).
 *
 * @param payload - what a builder such as {@link buildMoment} returned.
 * @param options - `platform`: the dialect of the payload, `ninthdecimal` by default. `kiip` has no accuracy, so there
 * is no advice about it.
 * @throws {@link KiipValidationError} for an unknown option or dialect.
 * @example
 * ```ts
 * import { adviseOn, buildMoment, type AppIdentity, type DeviceContext } from 'kiip-s2s';
 *
 * declare const app: AppIdentity; // { appKey, appVersion, test }
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * for (const { path, message } of adviseOn(buildMoment(app, 'level_up', context))) console.warn(path, message);
 * ```
 */
export function adviseOn(
  payload: SessionPayload | MomentPayload,
  options: { platform?: Platform | undefined } = {},
): Advice[] {
  checkCallOptions(inputSchemas.options.advice, options);
  const advice: Advice[] = [];
  const add: Add = (applies, code, path, message) => {
    if (applies) advice.push({ code, path, message });
  };
  const wire = payload as Wire;
  adviseOnPlace(add, wire, options.platform ?? 'ninthdecimal');
  adviseOnDevice(add, wire);
  adviseOnPlayer(add, wire);
  return advice;
}
