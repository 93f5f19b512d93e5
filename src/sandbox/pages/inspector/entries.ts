import type { SandboxState } from '../../state.js';
import type {
  Delivery,
  KaminariRecord,
  RecordedRequest,
  RequestKind,
  SandboxEvent,
  SandboxReward,
} from '../../types.js';
import { callbackDetail, pairingDetail, requestDetail, rewardDetail } from './details.js';
import { Masking } from './mask.js';
import type { Detail, EntryType, Summary } from './types.js';

const MAX_TITLE = 160;
const MAX_VERDICT = 400;
const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text);

const TYPES: Record<RequestKind, EntryType> = {
  session: 'session',
  moment: 'moment',
  ping: 'ping',
  pingtest: 'ping',
  collect: 'ping',
  script: 'other',
  page: 'other',
  unknown: 'other',
};

/** What stands in a body at a path, when it is text. */
function textAt(body: unknown, ...path: readonly string[]): string {
  let value = body;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : '';
}

function requestTitle({ kind, method, path, body }: RecordedRequest): string {
  if (kind === 'session') return 'Session';
  if (kind === 'moment') return `Moment ${textAt(body, 'moment', 'id')}`;
  if (kind === 'ping') return `Ping ${textAt(body, 'kmnrId')}`;
  if (kind === 'pingtest') return `Ping test ${textAt(body, 'kmnrId')}`;
  return kind === 'collect' ? `Browser record ${textAt(body, 'kmnrId')}` : `${method} ${path}`;
}

function requestTone({ status, verdict, kind }: RecordedRequest): Summary['tone'] {
  if (status === null || status >= 400 || verdict.includes('fault:')) return 'bad';
  return kind === 'session' || kind === 'ping' || verdict.startsWith('moment: reward') ? 'good' : 'plain';
}

const entry = (
  id: string,
  type: EntryType,
  at: Date,
  title: string,
  verdict: string,
  tone: Summary['tone'],
): Summary => ({
  id,
  type,
  at: at.toISOString(),
  title: cut(title.trim(), MAX_TITLE),
  verdict: cut(verdict, MAX_VERDICT),
  tone,
});

const PAIRING_VERDICTS = {
  paired: 'paired',
  script_only: 'browser record without a ping',
  technical_losses: 'ping without a browser record',
};

/** The record as the inspector lists and opens it. Nothing is copied: an entry lives as long as the sandbox keeps what it shows. */
export class Entries {
  readonly #state: SandboxState;
  /** Deliveries and pairings have no id of their own. */
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** The newest `limit`, oldest first. */
  newest(limit: number): Summary[] {
    const { recorder, rewards, pairing } = this.#state;
    return [
      ...recorder.requests.toArray().slice(-limit).map(this.#ofRequest),
      ...rewards.toArray().slice(-limit).map(this.#ofReward),
      ...recorder.deliveries.toArray().slice(-limit).map(this.#ofDelivery),
      ...pairing.statistics().slice(-limit).map(this.#ofPairing),
    ]
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(-limit);
  }

  of(event: SandboxEvent): Summary {
    if (event.type === 'request') return this.#ofRequest(event.request);
    if (event.type === 'reward') return this.#ofReward(event.reward);
    return event.type === 'delivery' ? this.#ofDelivery(event.delivery) : this.#ofPairing(event.record);
  }

  /** An entry with everything in it, personal data hidden unless `isRevealed`; `null` when the sandbox keeps it no longer. */
  detail(id: string, isRevealed: boolean): Detail | null {
    const { recorder, rewards, pairing, callbackUrl } = this.#state;
    const masking = new Masking(isRevealed);
    const mark = id.indexOf('-');
    const [type, rest] = [id.slice(0, mark), id.slice(mark + 1)];
    if (type === 'request') {
      const found = recorder.requests.toArray().find((one) => one.id === Number(rest));
      return found === undefined ? null : requestDetail(found, masking);
    }
    if (type === 'reward') {
      const found = rewards.find(rest);
      return found === undefined ? null : rewardDetail(found, masking, callbackUrl !== null);
    }
    if (type === 'callback') {
      const found = recorder.deliveries.toArray().find((one) => this.#ids.get(one) === Number(rest));
      return found === undefined ? null : callbackDetail(found, masking);
    }
    const found =
      type === 'pairing' ? pairing.statistics().find((one) => this.#ids.get(one) === Number(rest)) : undefined;
    return found === undefined ? null : pairingDetail(found, masking);
  }

  #idOf(thing: object): number {
    const id = this.#ids.get(thing) ?? (this.#lastId += 1);
    this.#ids.set(thing, id);
    return id;
  }

  readonly #ofRequest = (request: RecordedRequest): Summary => {
    const verdict = request.verdict.replace(/^(?:session|moment|ping|pingtest|browser record): /, '');
    return entry(
      `request-${request.id}`,
      TYPES[request.kind],
      request.at,
      requestTitle(request),
      verdict,
      requestTone(request),
    );
  };

  readonly #ofReward = ({ id, at, name, usedDate }: SandboxReward): Summary =>
    entry(
      `reward-${id}`,
      'reward',
      at,
      name,
      usedDate === null ? 'not redeemed yet' : 'redeemed',
      usedDate === null ? 'plain' : 'good',
    );

  readonly #ofDelivery = (delivery: Delivery): Summary => {
    const { type, at, delivered, status, attempts, fields } = delivery;
    const title =
      type === 'redemption'
        ? `Redemption: ${fields['quantity']} ${fields['name']}`
        : `Issuance: ${fields['quantity']}, ${fields['origin']}`;
    const answer = status === null ? 'no answer' : `answered ${status}`;
    const verdict = `${answer}${attempts === 1 ? '' : ` after ${attempts} attempts`}`;
    return entry(`callback-${this.#idOf(delivery)}`, 'callback', at, title, verdict, delivered ? 'good' : 'bad');
  };

  readonly #ofPairing = (record: KaminariRecord): Summary => {
    const { at, kmnrId, status } = record;
    const tone = status === 'paired' ? 'good' : 'bad';
    return entry(`pairing-${this.#idOf(record)}`, 'pairing', at, `Pairing ${kmnrId}`, PAIRING_VERDICTS[status], tone);
  };
}
