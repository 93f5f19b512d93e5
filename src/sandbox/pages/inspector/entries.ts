import type { SandboxState } from '../../state.js';
import type {
  Delivery,
  KaminariRecord,
  RecordedRequest,
  RequestKind,
  SandboxEvent,
  SandboxReward,
} from '../../records.js';
import { callbackDetail, pairingDetail, requestDetail, rewardDetail } from './details.js';
import { Masking } from './mask.js';
import type { Detail, EntryType, Summary } from './messages.js';

const MAX_TITLE = 160;
const MAX_VERDICT = 400;
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);

const TYPES: Record<RequestKind, EntryType> = {
  session: 'session',
  consent: 'consent',
  moment: 'moment',
  ping: 'ping',
  pingtest: 'ping',
  collect: 'ping',
  conversion: 'conversion',
  script: 'other',
  page: 'other',
  unknown: 'other',
};

/** Reads the text at a path in a body. */
function readText(body: unknown, ...path: readonly string[]): string {
  let value = body;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : '';
}

function describeRequest({ kind, method, path, query, body }: RecordedRequest): string {
  if (kind === 'session') return 'Session';
  if (kind === 'consent') return 'Consents';
  if (kind === 'conversion') return `Conversion ${new URLSearchParams(query).get('cnvId') ?? ''}`;
  if (kind === 'moment') return `Moment ${readText(body, 'moment', 'id')}`;
  if (kind === 'ping') return `Ping ${readText(body, 'kmnrId')}`;
  if (kind === 'pingtest') return `Ping test ${readText(body, 'kmnrId')}`;
  return kind === 'collect' ? `Browser record ${readText(body, 'kmnrId')}` : `${method} ${path}`;
}

function findTone({ status, verdict, kind }: RecordedRequest): Summary['tone'] {
  if (status === null || status >= 400 || verdict.includes('fault:')) return 'bad';
  const isGood = ['session', 'consent', 'ping', 'conversion'].includes(kind) || verdict.startsWith('moment: reward');
  return isGood ? 'good' : 'plain';
}

type Line = Pick<Summary, 'id' | 'type' | 'title' | 'verdict' | 'tone'> &
  Partial<Pick<Summary, 'durationMs' | 'fold' | 'isRepeat'>>;

const summarize = ({ at, title, verdict, ...rest }: Line & { readonly at: Date }): Summary => ({
  durationMs: null,
  fold: null,
  isRepeat: false,
  ...rest,
  at: at.toISOString(),
  title: cut(title.trim(), MAX_TITLE),
  verdict: cut(verdict, MAX_VERDICT),
});

/** Repeated views of one page share a line. */
const findFold = ({ kind, method, path }: RecordedRequest): string | null =>
  kind === 'page' && method === 'GET' ? path : null;

const PAIRING_VERDICTS = {
  paired: 'paired',
  script_only: 'browser record without a ping',
  technical_losses: 'ping without a browser record',
};

/** Lists and opens the sandbox's record for the inspector. It copies nothing: an entry lives as long as its record. */
export class Entries {
  readonly #state: SandboxState;
  /** Ids for pairings, which have no id of their own. */
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** Lists the newest `limit` entries, oldest first. */
  newest(limit: number): Summary[] {
    const { recorder, rewards, kaminari } = this.#state;
    return [
      ...recorder.requests.toArray().slice(-limit).map(this.#summariseRequest),
      ...rewards.toArray().slice(-limit).map(this.#summariseReward),
      ...recorder.deliveries.toArray().slice(-limit).map(this.#summariseDelivery),
      ...kaminari.statistics().slice(-limit).map(this.#summarisePairing),
    ]
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(-limit);
  }

  /** Summarizes an event as a line; `null` when another line already shows it. */
  summarize(event: SandboxEvent): Summary | null {
    switch (event.type) {
      case 'request':
        return this.#summariseRequest(event.request);
      case 'reward':
        return this.#summariseReward(event.reward);
      case 'delivery':
        return this.#summariseDelivery(event.delivery);
      case 'kaminari':
        return this.#summarisePairing(event.record);
      default:
        return null;
    }
  }

  /** Returns a whole entry, with personal data hidden unless `isRevealed`; `null` when the sandbox has dropped it. */
  detail(id: string, { isRevealed }: { readonly isRevealed: boolean }): Detail | null {
    const { recorder, rewards, kaminari, callbackUrl } = this.#state;
    const masking = new Masking(isRevealed);
    const mark = id.indexOf('-');
    const [type, rest] = [id.slice(0, mark), id.slice(mark + 1)];
    if (type === 'request') {
      const found = recorder.requests.toArray().find((one) => one.id === Number(rest));
      return found === undefined ? null : requestDetail(found, masking);
    }
    if (type === 'reward') {
      const found = rewards.find(rest);
      return found === undefined ? null : rewardDetail(found, masking, { hasCallbackUrl: callbackUrl !== null });
    }
    if (type === 'callback') {
      const found = recorder.deliveries.toArray().find((one) => one.id === Number(rest));
      return found === undefined ? null : callbackDetail(found, masking);
    }
    const found =
      type === 'pairing' ? kaminari.statistics().find((one) => this.#ids.get(one) === Number(rest)) : undefined;
    return found === undefined ? null : pairingDetail(found, masking);
  }

  #identify(thing: object): number {
    const id = this.#ids.get(thing) ?? (this.#lastId += 1);
    this.#ids.set(thing, id);
    return id;
  }

  readonly #summariseRequest = (request: RecordedRequest): Summary =>
    summarize({
      id: `request-${request.id}`,
      type: TYPES[request.kind],
      at: request.at,
      title: describeRequest(request),
      verdict: request.verdict.replace(/^(?:session|consent|moment|ping|pingtest|conversion|browser record): /, ''),
      tone: findTone(request),
      durationMs: request.durationMs,
      fold: findFold(request),
    });

  readonly #summariseReward = ({ id, at, name, usedDate }: SandboxReward): Summary =>
    summarize({
      id: `reward-${id}`,
      type: 'reward',
      at,
      title: name,
      verdict: usedDate === null ? 'not redeemed yet' : 'redeemed',
      tone: usedDate === null ? 'plain' : 'good',
    });

  readonly #summariseDelivery = (delivery: Delivery): Summary => {
    const { id, type, at, delivered, status, attempts, fields, durationMs, repeats } = delivery;
    const what = type === 'redemption' ? 'Redemption' : 'Issuance';
    const pays =
      type === 'redemption' ? `${fields['quantity']} ${fields['name']}` : `${fields['quantity']}, ${fields['origin']}`;
    const answer = `${status === null ? 'no answer' : `answered ${status}`}${attempts === 1 ? '' : ` after ${attempts} attempts`}`;
    return summarize({
      id: `callback-${id}`,
      type: 'callback',
      at,
      title: `${what}${repeats === null ? '' : ' again'}: ${pays}`,
      verdict: repeats === null ? answer : `${answer}, repeats callback ${repeats}`,
      tone: delivered ? 'good' : 'bad',
      durationMs,
      isRepeat: repeats !== null,
    });
  };

  readonly #summarisePairing = (record: KaminariRecord): Summary => {
    const { at, kmnrId, status } = record;
    return summarize({
      id: `pairing-${this.#identify(record)}`,
      type: 'pairing',
      at,
      title: `Pairing ${kmnrId}`,
      verdict: PAIRING_VERDICTS[status],
      tone: status === 'paired' ? 'good' : 'bad',
    });
  };
}
