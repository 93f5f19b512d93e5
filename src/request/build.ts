import type { ValidationIssue } from '../errors/index.js';
import type { AppIdentity, ConsentInfo, DeviceContext, Platform, SessionEvent } from './context.js';
import type { MomentPayload, PayloadEvent, SessionPayload } from './payload.js';
import { normalizeLocale } from './locale.js';
import { normalizeAccuracy, normalizeIp, normalizeState } from './rules.js';
import { listIdentityIssues, NO_OPTIONS, readMomentContext, readSessionContext, type CallOptions } from './validate.js';

const SDK_VERSION = '1.0';

type Wire = MomentPayload<'ninthdecimal'>;
type AnyContext = DeviceContext<'ninthdecimal'>;
type AnyIdentity = AppIdentity<'ninthdecimal'>;

const present = (text: string | undefined): text is string => text !== undefined && text !== '';

function wireApp(app: AnyIdentity): Wire['app'] {
  const wire: Wire['app'] = { app_key: app.appKey, version: app.appVersion };
  if (app.dnsCompliance !== undefined) wire.dns_compliance = app.dnsCompliance;
  return wire;
}

function wireConnection({ ip, carrier, type }: AnyContext['connection']): Wire['connection'] {
  const wire: Wire['connection'] = { ip: normalizeIp(ip) ?? ip };
  if (present(carrier)) wire.carrier = carrier;
  if (present(type)) wire.type = type;
  return wire;
}

function wireResolution(resolution: AnyContext['device']['resolution']): string | undefined {
  return typeof resolution === 'object' ? `${resolution.width}x${resolution.height}` : resolution;
}

function wireDevice(device: AnyContext['device']): Wire['device'] {
  const wire = { id: device.id } as Wire['device'];
  const density = device.density === undefined ? undefined : String(device.density);
  if (present(density)) wire.density = density;
  wire.lang = device.lang;
  wire.locale = normalizeLocale(device.locale) ?? device.locale;
  if (present(device.manufacturer)) wire.manufacturer = device.manufacturer;
  if (present(device.model)) wire.model = device.model;
  wire.os = device.os;
  const resolution = wireResolution(device.resolution);
  if (present(resolution)) wire.resolution = resolution;
  if (present(device.userAgent)) wire.user_agent = device.userAgent;
  return wire;
}

function wireLocation({ lat, lng, accuracy }: NonNullable<AnyContext['location']>): NonNullable<Wire['location']> {
  const metres = accuracy === undefined ? null : normalizeAccuracy(accuracy);
  return metres === null ? { lat, lng } : { lat, lng, accuracy: metres };
}

function wireUser({ age, gender, userId }: NonNullable<AnyContext['user']>): Wire['user'] {
  const wire: Wire['user'] = {};
  if (age !== undefined) wire.age = age;
  if (gender !== undefined) wire.gender = gender;
  if (present(userId)) wire.userid = userId;
  return Object.keys(wire).length === 0 ? undefined : wire;
}

/** Builds the player's choice as it is sent: true means opted OUT (PROTOCOL K14). */
export function wireConsent({ optedOut, state }: ConsentInfo): NonNullable<Wire['user_consent_info']> {
  const code = state === undefined ? null : normalizeState(state);
  return code === null ? { user_compliance: optedOut } : { user_compliance: optedOut, state: code };
}

const wireEvents = (events: readonly SessionEvent[]): PayloadEvent[] =>
  events.map(({ id, start }) => ({ id, start: start.toISOString() }));

/**
 * Fills in the fields that both calls share, in the order of the documents' examples. The examples of sessions and
 * moments place the bundle id differently.
 */
function assemble(
  app: AnyIdentity,
  context: AnyContext,
  momentId: string | null,
  events: readonly SessionEvent[] | undefined,
): Wire {
  const wire = {
    app: wireApp(app),
    connection: wireConnection(context.connection),
    device: wireDevice(context.device),
  } as Wire;
  const bundleId = present(context.bundleId) ? context.bundleId : app.bundleId;
  if (momentId === null && present(bundleId)) wire.bundle_id = bundleId;
  if (context.location !== undefined) wire.location = wireLocation(context.location);
  if (momentId !== null) {
    wire.moment = { id: momentId };
    if (present(bundleId)) wire.bundle_id = bundleId;
  }
  if (context.closeButton === false) wire.close_button = false;
  const emailAddress = context.emailAddress?.trim();
  if (present(emailAddress)) wire.email_address = emailAddress;
  wire.sdk_version = present(app.sdkVersion) ? app.sdkVersion : SDK_VERSION;
  wire.test = app.test;
  const user = context.user === undefined ? undefined : wireUser(context.user);
  if (user !== undefined) wire.user = user;
  if (events !== undefined && events.length > 0) wire.events = wireEvents(events);
  if (context.consent !== undefined) wire.user_consent_info = wireConsent(context.consent);
  return wire;
}

/**
 * Builds a session call's payload for an app that is already checked.
 *
 * @throws KiipValidationError with `knownIssues` and every problem of the input.
 */
export function buildSession<P extends Platform>(
  id: SessionEvent['id'],
  app: AppIdentity<P>,
  context: DeviceContext<P>,
  options: CallOptions,
  knownIssues: readonly ValidationIssue[] = [],
): SessionPayload<P> {
  const valid = readSessionContext(app, context, options, knownIssues);
  const event = { id, start: options.at ?? new Date() };
  return assemble(app as AnyIdentity, valid as AnyContext, null, [event]) as unknown as SessionPayload<P>;
}

/** Builds a moment's payload for an app that is already checked; see {@link buildSession}. */
export function buildRewardRequest<P extends Platform>(
  app: AppIdentity<P>,
  momentId: string,
  context: DeviceContext<P>,
  options: CallOptions,
  knownIssues: readonly ValidationIssue[] = [],
): MomentPayload<P> {
  const valid = readMomentContext(app, momentId, context, options, knownIssues);
  return assemble(app as AnyIdentity, valid as AnyContext, momentId, options.events) as unknown as MomentPayload<P>;
}

/**
 * Builds the payload that starts a session. Pure: nothing is sent.
 *
 * @param options - `at`: when the session started; default now.
 * @throws {@link KiipValidationError} with all problems of `app`, `context` and `at` (PROTOCOL K3-K14).
 * @example
 * ```ts
 * import { buildSessionStart, type AppIdentity, type DeviceContext } from 'kiip-s2s';
 *
 * declare const app: AppIdentity; // { appKey, appVersion, test }
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * const payload = buildSessionStart(app, context);
 * ```
 */
export function buildSessionStart<P extends Platform = 'ninthdecimal'>(
  app: AppIdentity<P>,
  context: DeviceContext<P>,
  options: { at?: Date | undefined } = NO_OPTIONS,
): SessionPayload<P> {
  return buildSession('session_start', app, context, options, listIdentityIssues(app));
}

/** Builds the payload that ends a session; see {@link buildSessionStart}. */
export function buildSessionEnd<P extends Platform = 'ninthdecimal'>(
  app: AppIdentity<P>,
  context: DeviceContext<P>,
  options: { at?: Date | undefined } = NO_OPTIONS,
): SessionPayload<P> {
  return buildSession('session_end', app, context, options, listIdentityIssues(app));
}

/**
 * Builds the payload that asks for a reward. Pure: nothing is sent.
 *
 * @param options - `events`: session events to report with the moment (PROTOCOL K4).
 * @throws {@link KiipValidationError} with all problems of `app`, `momentId`, `context` and `events` (PROTOCOL K3-K14).
 * @example
 * ```ts
 * import { buildMoment, type AppIdentity, type DeviceContext } from 'kiip-s2s';
 *
 * declare const app: AppIdentity; // { appKey, appVersion, test }
 * declare const context: DeviceContext; // { device, connection, … }
 *
 * const payload = buildMoment(app, 'level_up', context);
 * ```
 */
export function buildMoment<P extends Platform = 'ninthdecimal'>(
  app: AppIdentity<P>,
  momentId: string,
  context: DeviceContext<P>,
  options: { events?: readonly SessionEvent[] | undefined } = NO_OPTIONS,
): MomentPayload<P> {
  return buildRewardRequest(app, momentId, context, options, listIdentityIssues(app));
}
