/**
 * The dialect of the platform: `ninthdecimal` has every field, the older `kiip` lacks `dnsCompliance`, `bundleId`,
 * `location.accuracy` and `consent` (PROTOCOL K3).
 */
export type Platform = 'ninthdecimal' | 'kiip';

/** The player's device, as the game client reports it. */
export interface DeviceInfo {
  /** Advertising identifier or another id of the device; any non-empty string (PROTOCOL K13). Personal data. */
  id: string;
  /** Operating system with its version number, such as `Android 15` or `iOS 18.1`. */
  os: string;
  /** Language set on the device, such as `en`. */
  lang: string;
  /**
   * Locale set on the device, as the phone writes it: `en-US`, `zh_CN_#Hans`, `en_US@rg=gbzzzz`. It is sent as `en_US`
   * (PROTOCOL K12).
   */
  locale: string;
  /** Manufacturer, such as `google`. */
  manufacturer?: string | undefined;
  /** Model, such as `pixel_9`. */
  model?: string | undefined;
  /** Screen in pixels: `1080x1776`, or the two numbers. */
  resolution?: string | { width: number; height: number } | undefined;
  /** Screen density such as `3.5`; sent as a string. */
  density?: string | number | undefined;
  /** User agent of the device's browser or web view. */
  userAgent?: string | undefined;
}

/** The player's connection, not the backend's. */
export interface ConnectionInfo {
  /** The device's public IPv4 or IPv6 address; an IPv4-mapped one is sent as IPv4 (PROTOCOL K12). Personal data. */
  ip: string;
  /** Kind of connection, such as `WIFI`. */
  type?: string | undefined;
  /** Carrier, such as `ATT`. */
  carrier?: string | undefined;
}

/** Where the player is (PROTOCOL K7). Personal data. */
export interface LocationInfo {
  /** Latitude in degrees, -90 to 90. */
  lat: number;
  /** Longitude in degrees, -180 to 180. */
  lng: number;
  /**
   * Horizontal accuracy in metres. Fractions are rounded up; 0 and less mean "unknown" and are not sent. NinthDecimal
   * only.
   */
  accuracy?: number | undefined;
}

/** Who the player is. Personal data. */
export interface UserInfo {
  /** Your id for the player: needed for virtual-currency callbacks and for matching consent. */
  userId?: string | undefined;
  /** Age in years, an integer from 0 to 150. */
  age?: number | undefined;
  /** Gender as the player gave it (PROTOCOL K11). */
  gender?: 'm' | 'f' | undefined;
}

/** The player's choice under the CCPA (PROTOCOL K14). */
export interface ConsentInfo {
  /** `true`: the player has opted OUT of the sale of data. */
  optedOut: boolean;
  /** Home state, DC or territory of the USA: two letters such as `CA`, in any case. */
  state?: string | undefined;
}

/** The context fields of both dialects. */
export interface ContextFields {
  /** The player's device. */
  device: DeviceInfo;
  /** The player's connection, not the backend's. */
  connection: ConnectionInfo;
  /** Who the player is. */
  user?: UserInfo | undefined;
  /** `false` hides the reward's close button; absent or `true` shows it (PROTOCOL K8). */
  closeButton?: boolean | undefined;
  /** Prefills the e-mail field of the reward. Personal data. */
  emailAddress?: string | undefined;
  /** ISO 3166-1 alpha-2 code of the player's country, for `blockedCountries`; never sent. */
  country?: string | undefined;
}

/** Context of a call in the `ninthdecimal` dialect. */
export interface NinthDecimalContext extends ContextFields {
  /** Where the player is. Leave it out when the device does not know. */
  location?: LocationInfo | undefined;
  /** The player's choice under the CCPA. Set it only when your backend keeps it itself; with a `consentStore` the client adds it. */
  consent?: ConsentInfo | undefined;
  /** App Store or Google Play bundle id; overrides the client's. */
  bundleId?: string | undefined;
}

/** Context of a call in the `kiip` dialect: the NinthDecimal-only fields are refused, by type and at run time. */
export interface KiipContext extends ContextFields {
  /** Where the player is, without accuracy. Leave it out when the device does not know. */
  location?: (Omit<LocationInfo, 'accuracy'> & { accuracy?: undefined }) | undefined;
  /** NinthDecimal only; refused here. */
  consent?: undefined;
  /** NinthDecimal only; refused here. */
  bundleId?: undefined;
}

/** The player in one call: device, connection and, where known, location, user and consent. */
export type DeviceContext<P extends Platform = 'ninthdecimal'> = P extends 'kiip' ? KiipContext : NinthDecimalContext;

type PartialBlocks<C> = {
  [K in keyof C]?: [NonNullable<C[K]>] extends [never]
    ? undefined
    : NonNullable<C[K]> extends object
      ? { [F in keyof NonNullable<C[K]>]?: NonNullable<C[K]>[F] | undefined } | undefined
      : C[K] | undefined;
};

/** Parts of a context that are the same in every call; every block may be partial. */
export type ContextDefaults<P extends Platform = 'ninthdecimal'> = PartialBlocks<DeviceContext<P>>;

type Simplify<T> = { [K in keyof T]: T[K] };
/** Whether your project compiles with `strictNullChecks`. Without it every type accepts undefined. */
type IsStrict = undefined extends string ? false : true;
type MayBeUndefined<T> = IsStrict extends true ? (undefined extends T ? true : false) : false;
type SuppliedKeys<D> = {
  [K in keyof D]-?: Record<never, never> extends Pick<D, K> ? never : MayBeUndefined<D[K]> extends true ? never : K;
}[keyof D];
type Relaxed<T, Keys> = Simplify<
  Omit<T, Extract<Keys, keyof T>> & { [K in Extract<Keys, keyof T>]?: T[K] | undefined }
>;
type RelaxedBlocks<C, D> = {
  [K in keyof C]: K extends keyof D
    ? NonNullable<C[K]> extends object
      ? Relaxed<NonNullable<C[K]>, SuppliedKeys<NonNullable<D[K]>>> | Extract<C[K], undefined>
      : C[K]
    : C[K];
};
type EmptyBlocks<C> = {
  [K in keyof C]-?: Record<never, never> extends NonNullable<C[K]>
    ? NonNullable<C[K]> extends object
      ? K
      : never
    : never;
}[keyof C];

/** A context without consent, which the store supplies. */
type WithoutConsent<C> = Omit<C, 'consent'> & { consent?: undefined };

type RelaxedContext<P extends Platform, D> = Relaxed<
  RelaxedBlocks<DeviceContext<P>, D>,
  EmptyBlocks<RelaxedBlocks<DeviceContext<P>, D>>
>;
/** A named type, because editors show its name in hover texts. */
type ContextBesides<P extends Platform, D> = { [K in keyof RelaxedContext<P, D>]: RelaxedContext<P, D>[K] };
type WithDefaults<P extends Platform, D> = [keyof D] extends [never] ? DeviceContext<P> : ContextBesides<P, D>;

/**
 * The context that a client's call needs: fields of the defaults `D` become optional, and a consent store `S` removes `consent`.
 */
export type CallContext<P extends Platform, D, S = undefined> = undefined extends S
  ? WithDefaults<P, D>
  : WithoutConsent<WithDefaults<P, D>>;

/** Start or end of a session, as a call reports it (PROTOCOL K4). */
export interface SessionEvent {
  /** Whether the session started or ended. */
  id: 'session_start' | 'session_end';
  /** When it happened. Sent in UTC with milliseconds. */
  start: Date;
}

/** The identity of an app in both dialects. */
export interface IdentityFields<P extends Platform> {
  /** The app key, from the dashboard. Keep it secret. */
  appKey: string;
  /** Version of the game client. */
  appVersion: string;
  /** `true` always returns a test reward, `false` is live. Required, so that you cannot ship test mode or go live by accident (PROTOCOL K9). */
  test: boolean;
  /** The dialect of the platform. @defaultValue `'ninthdecimal'` */
  platform?: P | undefined;
  /** The version of the server-to-server protocol (PROTOCOL K10). @defaultValue `'1.0'` */
  sdkVersion?: string | undefined;
}

/** Fields of an app's identity in NinthDecimal's dialect only. */
export interface NinthDecimalIdentity {
  /** Whether the app itself complies with the CCPA (PROTOCOL K14). @defaultValue not sent */
  dnsCompliance?: boolean | undefined;
  /** App Store or Google Play bundle id. A context may have its own. @defaultValue not sent */
  bundleId?: string | undefined;
}

/** Fields of an app's identity that the older Kiip dialect refuses. */
export interface KiipIdentity {
  /** NinthDecimal only; refused here. */
  dnsCompliance?: undefined;
  /** NinthDecimal only; refused here. */
  bundleId?: undefined;
}

/** The app on whose behalf a call is made. */
export type AppIdentity<P extends Platform = 'ninthdecimal'> = IdentityFields<P> &
  ([P] extends ['kiip'] ? KiipIdentity : NinthDecimalIdentity);
