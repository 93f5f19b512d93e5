import { describeUnknownKey, findMeantName, joinIssues } from '../check/issues.js';
import { isLoopbackHost } from '../check/loopback.js';
import type { Labels, LoadingModal, ShowRewardOptions } from './show-reward-options.js';

const ENGLISH: Labels = {
  title: 'Your reward',
  open: 'View reward',
  close: 'Close',
  loading: 'Loading your reward…',
  late: 'The reward has not loaded yet.',
  retry: 'Try again',
  unavailable: 'This reward cannot be shown here.',
};

/** The default time limit, in seconds; the same as in the vendor's SDKs. */
const DEFAULT_TIMEOUT_S = 10;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Checked {@link ShowRewardOptions}, with the defaults filled in. */
export interface ShownOptions {
  readonly url: URL;
  readonly container: HTMLElement;
  /** The reward's name or title; never empty. */
  readonly title: string;
  /** `null`: no notification. */
  readonly notification: { readonly imageUrl: URL | null } | null;
  readonly labels: Labels;
  /** The loading screen's own heading; `null` when it would only repeat the title. */
  readonly heading: string | null;
  readonly message: string;
  readonly timeoutMs: number;
}

/** Reads a URL that may be shown: `https:`, or `http:` to this machine (to any host with `allowInsecure`); otherwise `null` (PROTOCOL K20). */
function readDisplayable(value: unknown, { allowInsecure }: Pick<ShowRewardOptions, 'allowInsecure'>): URL | null {
  if (typeof value !== 'string') return null;
  try {
    const url = new URL(value);
    if (url.protocol === 'http:') return allowInsecure === true || isLoopbackHost(url.hostname) ? url : null;
    return url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Returns a non-empty text, or `null`: a wrong value from the platform must not stop the reward. */
const readText = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);

function readTimeoutMs(seconds: unknown): number {
  const fits = typeof seconds === 'number' && seconds > 0;
  return Math.min((fits ? seconds : DEFAULT_TIMEOUT_S) * 1000, MAX_TIMER_MS);
}

type Rule = readonly [fits: (value: unknown) => boolean, message: string];

const IS_FUNCTION: Rule = [(value) => typeof value === 'function', 'must be a function'];
const IS_OBJECT: Rule = [(value) => value === null || isObject(value), 'must be an object or null'];
const RULES: Record<Exclude<keyof ShowRewardOptions, 'bodyUrl'>, Rule> = {
  notification: IS_OBJECT,
  modal: IS_OBJECT,
  onDismiss: IS_FUNCTION,
  onClose: IS_FUNCTION,
  container: [
    (value) => isObject(value) && value['isConnected'] === true,
    'must be an element that is in the page; call showReward in a browser',
  ],
  labels: [isObject, 'must be an object of texts'],
  nonce: [(value) => typeof value === 'string', 'must be text'],
  allowInsecure: [(value) => typeof value === 'boolean', 'must be true or false'],
};

/** Keys of the platform's own objects. It may send more in a later version, so only misspelt keys are refused. */
const SENT = { notification: ['rewardName', 'rewardImageUrl'], modal: ['title', 'message', 'timeout'] };

function listKeyIssues(given: Readonly<Record<string, unknown>>) {
  const known = ['bodyUrl', ...Object.keys(RULES)];
  const issues = Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => describeUnknownKey('', key, known));
  const { labels } = given;
  for (const [key, text] of Object.entries(isObject(labels) ? labels : {})) {
    if (!Object.hasOwn(ENGLISH, key)) issues.push(describeUnknownKey('labels', key, Object.keys(ENGLISH)));
    else if (text != null && typeof text !== 'string') issues.push({ path: `labels.${key}`, message: 'must be text' });
  }
  for (const [path, names] of Object.entries(SENT)) {
    for (const key of Object.keys(isObject(given[path]) ? given[path] : {}))
      if (!names.includes(key) && findMeantName(key, names) !== undefined)
        issues.push(describeUnknownKey(path, key, names));
  }
  return issues;
}

/** Checks the options and fills in the defaults. The message names no URL: a body URL identifies the player's reward. */
export function readOptions(options: ShowRewardOptions): ShownOptions {
  if (!isObject(options)) throw new TypeError('showReward: options must be an object.');
  const container = options.container ?? (typeof document === 'undefined' ? undefined : document.body);
  const given = { ...options, container: container ?? null } as Readonly<Record<string, unknown>>;
  const { bodyUrl, notification, modal } = options;
  const url = readDisplayable(isObject(bodyUrl) ? bodyUrl['href'] : bodyUrl, options);
  const issues = listKeyIssues(given);
  if (url === null) {
    const plain = options.allowInsecure === true ? 'an http: or https: URL' : 'an https: URL (http: only to localhost)';
    issues.push({ path: 'bodyUrl', message: `must be ${plain}; pass reward.bodyUrl as received` });
  }
  for (const [path, [fits, message]] of Object.entries(RULES))
    if (given[path] !== undefined && !fits(given[path])) issues.push({ path, message });
  if (url === null || container === undefined || issues.length > 0)
    throw new TypeError(`showReward: ${joinIssues(issues)}.`);

  // Drop missing translations, or the overlay would say "undefined".
  const texts = Object.entries(options.labels ?? {}).filter(([, text]) => typeof text === 'string');
  const labels: Labels = { ...ENGLISH, ...Object.fromEntries(texts) };
  const { title: heading, message, timeout }: LoadingModal = modal ?? {};
  const title = readText(notification?.rewardName) ?? readText(heading) ?? labels.title;
  return {
    url,
    container,
    title,
    notification: notification ? { imageUrl: readDisplayable(notification.rewardImageUrl, options) } : null,
    labels,
    heading: readText(heading) === title ? null : readText(heading),
    message: readText(message) ?? labels.loading,
    timeoutMs: readTimeoutMs(timeout),
  };
}
