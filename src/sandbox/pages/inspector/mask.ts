/** Replaces hidden values. */
const MASK = '••••••';

// The fields to show unmasked. All others may be personal data: a list of fields to hide would miss misspelt, misplaced
// and new fields, which a sandbox sees often.

/** Leaves of session and moment payloads. */
export const PLATFORM_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'app.version',
    'app.dns_compliance',
    'bundle_id',
    'close_button',
    'connection.carrier',
    'connection.type',
    'device.density',
  ],
  ...[
    'device.lang',
    'device.locale',
    'device.manufacturer',
    'device.model',
    'device.os',
    'device.resolution',
    'device.user_agent',
  ],
  ...[
    'events.id',
    'events.start',
    'moment.id',
    'sdk_version',
    'test',
    'user_consent_info.state',
    'user_consent_info.user_compliance',
  ],
]);

/** Headers, of every request. */
export const HEADER_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'connection',
    'content-length',
    'content-type',
    'device-memory',
  ],
  ...[
    'dpr',
    'host',
    'retry-after',
    'transfer-encoding',
    'user-agent',
    'viewport-width',
    'sec-fetch-dest',
    'sec-fetch-mode',
    'sec-fetch-site',
  ],
  ...[
    'sec-ch-ua',
    'sec-ch-ua-arch',
    'sec-ch-ua-full-version',
    'sec-ch-ua-mobile',
    'sec-ch-ua-model',
    'sec-ch-ua-platform',
  ],
  'sec-ch-ua-platform-version',
]);

/** Leaves of pings and of the records of Kaminari's script. */
export const KAMINARI_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'kmnrId',
    'connection',
    'cookieEnabled',
    'deviceMemory',
    'devicePixelRatio',
    'framed',
    'hardwareConcurrency',
    'languages',
    'loadMs',
  ],
  ...[
    'maxTouchPoints',
    'platform',
    'pluginCount',
    'screen.colorDepth',
    'screen.height',
    'screen.width',
    'userAgent',
    'viewport.height',
  ],
  ...[
    'viewport.width',
    'visibility',
    'webdriver',
    'userAgentData.architecture',
    'userAgentData.bitness',
    'userAgentData.mobile',
  ],
  ...['userAgentData.model', 'userAgentData.platform', 'userAgentData.platformVersion', 'userAgentData.brands.brand'],
  ...['userAgentData.brands.version', 'userAgentData.fullVersionList.brand', 'userAgentData.fullVersionList.version'],
  ...[...HEADER_FIELDS].map((name) => `headers.${name}`),
]);

/** Fields of callbacks. */
export const CALLBACK_FIELDS: ReadonlySet<string> = new Set([
  'content',
  'name',
  'nonce',
  'origin',
  'quantity',
  'signature',
  'transaction_id',
]);

/** Parameters of body URLs (PROTOCOL K20). */
export const BODY_URL_PARAMETERS: ReadonlySet<string> = new Set([
  ...['application_id', 'locale', 'mode', 'moment_id', 'preview', 'r', 'sdk', 'sdk_version'],
]);

/** Parameters of conversions (PROTOCOL M10); sub-tags may name a player. */
export const CONVERSION_PARAMETERS: ReadonlySet<string> = new Set(['cnvId', 'status', 'payout', 'currency']);

const NONE: ReadonlySet<string> = new Set();

/** Hides values that are not on a list, unless they are revealed, and notes whether it hid any. */
export class Masking {
  readonly #isRevealed: boolean;
  #hasMasked = false;

  constructor(isRevealed: boolean) {
    this.#isRevealed = isRevealed;
  }

  /** Whether a value was hidden. */
  get hasMasked(): boolean {
    return this.#hasMasked;
  }

  /** Masks a parsed value; `shown` lists the dotted paths of leaves that stay, without list indexes. */
  json(value: unknown, shown: ReadonlySet<string> = NONE, path = ''): unknown {
    if (this.#isRevealed || value === null || value === undefined) return value;
    if (Array.isArray(value)) return value.map((item) => this.json(item, shown, path));
    if (typeof value === 'object') {
      const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
        key,
        this.json(item, shown, path === '' ? key : `${path}.${key}`),
      ]);
      return Object.fromEntries(entries);
    }
    return shown.has(path) ? value : this.value(value);
  }

  /** Masks a value that is always personal. */
  value(value: unknown): unknown {
    if (this.#isRevealed || value === null || value === undefined || value === '') return value;
    this.#hasMasked = true;
    return MASK;
  }

  /** Masks known personal values in a foreign text. */
  text(text: string, secrets: readonly string[]): string {
    let masked = text;
    for (const secret of secrets) if (secret !== '') masked = masked.replaceAll(secret, MASK);
    if (masked === text || this.#isRevealed) return text;
    this.#hasMasked = true;
    return masked;
  }

  /** Masks a query, given from its `?`. */
  query(query: string, shown: ReadonlySet<string>): string {
    const parameters = [...new URLSearchParams(query)].map(
      ([name, value]) => `${name}=${shown.has(name) ? value : String(this.value(value))}`,
    );
    return parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  }
}
