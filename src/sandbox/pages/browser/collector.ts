// The script that `/v1/script.js` serves. It runs on the game's own pages, so it never throws into them and works without optional
// browser features.

type Ids = Readonly<Record<string, unknown>>;

/** Browser facts that TypeScript's DOM types lack. */
interface Hints {
  readonly deviceMemory?: number;
  readonly connection?: { readonly effectiveType?: string };
  readonly userAgentData?: { getHighEntropyValues?(names: readonly string[]): Promise<unknown> };
}

const NAMES = ['architecture', 'bitness', 'model', 'platformVersion', 'fullVersionList'];
const SUB_TAGS = 10;
/**
 * The longest text, in characters. The sandbox accepts only a few kilobytes, and one long URL must not lose the whole
 * record.
 */
const LONGEST_TEXT = 500;

const cut = (value: unknown): unknown => (typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : value);

function readFacts(): [name: string, read: () => unknown][] {
  const hints = navigator as unknown as Hints;
  return [
    ['userAgent', () => navigator.userAgent],
    ['languages', () => [...navigator.languages]],
    ['platform', () => navigator.platform],
    ['webdriver', () => navigator.webdriver],
    ['cookieEnabled', () => navigator.cookieEnabled],
    ['hardwareConcurrency', () => navigator.hardwareConcurrency],
    ['deviceMemory', () => hints.deviceMemory],
    ['maxTouchPoints', () => navigator.maxTouchPoints],
    ['pluginCount', () => navigator.plugins.length],
    ['connection', () => hints.connection?.effectiveType],
    ['screen', () => ({ width: screen.width, height: screen.height, colorDepth: screen.colorDepth })],
    ['viewport', () => ({ width: window.innerWidth, height: window.innerHeight })],
    ['devicePixelRatio', () => window.devicePixelRatio],
    ['timeZone', () => Intl.DateTimeFormat().resolvedOptions().timeZone],
    ['timeZoneOffset', () => new Date().getTimezoneOffset()],
    ['visibility', () => document.visibilityState],
    ['page', () => location.origin + location.pathname],
    ['referrer', () => document.referrer],
    ['framed', () => window.self !== window.top],
    ['loadMs', () => Math.round(performance.now())],
  ];
}

/** The ids of `window.kmnr` (PROTOCOL M6, M10, M12) and every fact that the browser reveals. */
function buildRecord(kmnr: Ids): Record<string, unknown> {
  const record: Record<string, unknown> = { kmnrKey: String(kmnr['kmnrKey']), kmnrId: String(kmnr['kmnrId']) };
  if (kmnr['cnvId'] !== undefined) record['cnvId'] = String(kmnr['cnvId']);
  for (let n = 1; n <= SUB_TAGS; n += 1)
    if (kmnr[`sub${n}`] !== undefined) record[`sub${n}`] = cut(String(kmnr[`sub${n}`]));
  for (const [name, read] of readFacts()) {
    try {
      const value = read();
      if (value !== undefined && value !== null) record[name] = cut(value);
    } catch {
      // If a browser refuses one fact, collect the others.
    }
  }
  return record;
}

/** Posts the record and passes the verdict to the page (PROTOCOL M11). It looks the function up when the verdict arrives. */
async function send(address: URL, record: Record<string, unknown>, kmnr: Ids): Promise<void> {
  const answer = await fetch(address, {
    method: 'POST',
    mode: 'cors',
    credentials: 'omit',
    keepalive: true,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(record),
  });
  const verdict = (await answer.json()) as unknown;
  const { onResponse } = kmnr;
  if (!answer.ok || typeof onResponse !== 'function') return;
  // Call the page's function in its own microtask, so that its errors show up in the page's console.
  queueMicrotask(() => void onResponse.call(kmnr, verdict));
}

async function collectAndSend(address: URL, kmnr: Ids): Promise<void> {
  const record = buildRecord(kmnr);
  const { userAgentData } = navigator as unknown as Hints;
  const values = await userAgentData?.getHighEntropyValues?.(NAMES).catch(() => undefined);
  await send(address, values === undefined ? record : { ...record, userAgentData: values }, kmnr);
}

/** Collects the browser's facts and posts them to the server that the script came from (PROTOCOL M6, M8). */
export function collect(): void {
  const { kmnr = {} } = window as unknown as { kmnr?: Ids };
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || !kmnr['kmnrId']) return;
  collectAndSend(new URL('/v1/collect', script.src), kmnr).catch(() => undefined);
}
