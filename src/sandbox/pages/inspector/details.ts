import type { Delivery, KaminariRecord, RecordedRequest, SandboxReward } from '../../records.js';
import {
  BODY_URL_PARAMETERS,
  CALLBACK_FIELDS,
  CONVERSION_PARAMETERS,
  HEADER_FIELDS,
  KAMINARI_FIELDS,
  PLATFORM_FIELDS,
  type Masking,
} from './mask.js';
import type { Detail, Section } from './messages.js';

type Fact = readonly [name: string, value: unknown];

/** A section of facts; drops facts without a value. */
const facts = (heading: string, ...list: readonly Fact[]): Section => ({
  heading,
  kind: 'facts',
  facts: list.flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)]],
  ),
});

const describeDuration = (ms: number | null): string => (ms === null ? 'not answered yet' : `${ms} ms`);

const json = (heading: string, value: unknown): Section => ({ heading, kind: 'json', value });

/** A section with a body, as JSON if it is JSON, otherwise as text. */
function body(heading: string, text: string): Section {
  try {
    return json(heading, JSON.parse(text));
  } catch {
    return { heading, kind: 'text', text: text === '' ? '(empty)' : text };
  }
}

/** Lists the advice on an accepted session or moment. For other requests the answer says what is wrong. */
const listAdvice = ({ kind, status, advice }: RecordedRequest): Section[] =>
  (kind === 'session' || kind === 'moment') && (advice.length > 0 || status === 200)
    ? [{ heading: 'Advice', kind: 'advice', advice }]
    : [];

export function requestDetail(request: RecordedRequest, masking: Masking): Detail {
  const { kind, at, method, path, query, headers, verdict, status, answer } = request;
  const isPlatform = kind === 'session' || kind === 'moment';
  const shown = isPlatform
    ? PLATFORM_FIELDS
    : kind === 'ping' || kind === 'pingtest' || kind === 'collect'
      ? KAMINARI_FIELDS
      : undefined;
  const address = `${method} ${path}${masking.query(query, kind === 'conversion' ? CONVERSION_PARAMETERS : BODY_URL_PARAMETERS)}`;
  const sections: Section[] = [
    facts(
      'Request',
      ['Time', at.toISOString()],
      ['Address', address],
      ['Verdict', verdict],
      ['Status', status ?? 'none: the connection was cut'],
      ['Took', describeDuration(request.durationMs)],
    ),
    ...listAdvice(request),
    ...(request.body === null ? [] : [json('Payload', masking.json(request.body, shown))]),
    ...(answer === '' ? [] : [body('Answer', answer)]),
    json('Headers', masking.json(headers, HEADER_FIELDS)),
  ];
  return { sections, isMasked: masking.hasMasked, reward: null };
}

/** The path of a reward's page, whichever host its `body_url` names. */
const findPagePath = (bodyUrl: string): string => bodyUrl.slice(bodyUrl.indexOf('/reward/'));

export function rewardDetail(
  reward: SandboxReward,
  masking: Masking,
  { hasCallbackUrl }: { readonly hasCallbackUrl: boolean },
): Detail {
  const {
    id,
    name,
    at,
    usedDate,
    momentId,
    isTest,
    locale,
    closeButton,
    virtual,
    nativeUrl,
    userId,
    emailAddress,
    bodyUrl,
  } = reward;
  const sections = [
    facts(
      'Reward',
      ['Name', name],
      ['Id', id],
      ['Handed out', at.toISOString()],
      ['Redeemed', usedDate?.toISOString() ?? 'not yet'],
      ['Pays', virtual === null ? 'no virtual currency' : `${virtual.quantity} ${virtual.name} (${virtual.content})`],
      ['Moment', momentId],
      ['Mode', isTest ? 'test' : 'live'],
      ['Locale', locale],
      ['Close button', closeButton ? 'shown' : 'hidden'],
      ['Sends on to', nativeUrl],
      ['User id', masking.value(userId)],
      ['E-mail', masking.value(emailAddress)],
    ),
  ];
  const cannotIssue =
    virtual === null
      ? 'its moment had no user.userid'
      : hasCallbackUrl
        ? null
        : 'the sandbox was started without a callbackUrl';
  return {
    sections,
    isMasked: masking.hasMasked,
    reward: { id, pagePath: findPagePath(bodyUrl), isUsed: usedDate !== null, cannotIssue },
  };
}

/** Lists the spellings in which a body or a backend's answer may write a value. */
function spellings(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  const text = String(value);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const forms = [form, form.replaceAll('+', '%20'), encodeURIComponent(text)];
  return [text, JSON.stringify(value).replace(/^"|"$/g, ''), ...forms];
}

export function callbackDetail(
  { id, type, at, status, attempts, durationMs, repeats, fields, contentType, answer, body: sent }: Delivery,
  masking: Masking,
): Detail {
  const userId = spellings(fields['user_id']);
  const sections = [
    facts(
      'Callback',
      ['Number', id],
      ['Type', type],
      ['Repeats', repeats === null ? null : `callback ${repeats}: the endpoint must not credit it again`],
      ['Time', at.toISOString()],
      ['Status', status ?? 'no answer'],
      ['Attempts', attempts],
      ['Took', describeDuration(durationMs)],
      ['Content type', contentType],
    ),
    json('Fields', masking.json(fields, CALLBACK_FIELDS)),
    { heading: 'Body as sent', kind: 'text', text: masking.text(sent, userId) } as const,
    body('Answer', masking.text(answer, userId)),
  ];
  return { sections, isMasked: masking.hasMasked, reward: null };
}

export function pairingDetail(
  { kmnrId, kmnrKey, status, ping, browser, at }: KaminariRecord,
  masking: Masking,
): Detail {
  const sections = [
    facts(
      'Pairing',
      ['Impression', kmnrId],
      ['Key', masking.value(kmnrKey)],
      ['Status', status],
      ['Written', at.toISOString()],
    ),
    ...(ping === null ? [] : [json('Ping', masking.json(ping, KAMINARI_FIELDS))]),
    ...(browser === null ? [] : [json('Browser record', masking.json(browser, KAMINARI_FIELDS))]),
  ];
  return { sections, isMasked: masking.hasMasked, reward: null };
}
