import { exceeds } from '../check/byte-length.js';
import { traceWork, type TracingChannel } from '../diagnostics/channels.js';
import { toRaw } from './bytes.js';
import { describeOutcome, findListenedTrace, type MessageTrace, type MessageType } from './channels.js';
import { isReadable, readContentType, type ContentKind } from './content.js';
import { refused, toAnswer, type Outcome } from './outcome.js';
import { refusals, type Refusal } from './refusals.js';
import type { Reporter } from './reporter.js';
import {
  findHeader,
  type BodyLimits,
  type CallbackAnswer,
  type CallbackReceiver,
  type CallbackRequest,
  type FoundBody,
} from './request.js';

/** The readable body of a message. */
export type MessageBody = Extract<FoundBody, { kind: 'raw' | 'parsed' }>;

/** The parts that differ between endpoints. */
export interface EndpointPlan<Info> {
  /** The accepted content types; a request without a content type is accepted too. */
  readonly kinds: readonly ContentKind[];
  readonly limits: BodyLimits;
  readonly reporter: Reporter<Info>;
  /** The `info` for `onError` when the failing message is not known yet. */
  readonly noInfo: Info;
  /** Handles one message, and notes its type as soon as it is read. An error becomes a 500. */
  process(
    body: MessageBody,
    contentType: string | undefined,
    noteType: (type: MessageType) => void,
  ): Promise<Outcome<Info>>;
  /** Runs once, when no message is in flight any more. */
  close(): Promise<void> | undefined;
}

type ReadMessage<Info> = (request: CallbackRequest, noteType: (type: MessageType) => void) => Promise<Outcome<Info>>;

const BY_HAND = 'Pass the raw body to receiver.handle(), not the parsed one.';

/** Creates the part that all receivers share: it gets the body of a request, and turns the outcome into an answer. */
export function createEndpoint<Info>(plan: EndpointPlan<Info>): CallbackReceiver {
  const { limits, kinds, reporter } = plan;
  let inFlight = 0;
  let tellIdle: (() => void) | undefined;
  let closed: Promise<void> | undefined;

  const refuseClosing: ReadMessage<Info> = async () => refused(refusals.closing());

  const read: ReadMessage<Info> = async ({ method, headers, rawBody }, noteType) => {
    if (method.toUpperCase() !== 'POST') return refused(refusals.methodNotAllowed());
    const contentType = findHeader(headers, 'content-type');
    const type = readContentType(contentType);
    if (type === null || !(type.kind === 'unnamed' || kinds.includes(type.kind)))
      return refused(refusals.unsupportedType(kinds));
    if (Number(findHeader(headers, 'content-length')) > limits.maxBodyBytes) return refused(refusals.tooLarge(limits));

    const found = typeof rawBody === 'function' ? await rawBody(limits) : acceptByHand(rawBody);
    if (found.kind === 'eaten') return refused(refusals.eaten(found.advice));
    if (found.kind === 'unreadable') return refused(describeUnreadable(found.reason, plan));
    if (found.kind === 'raw') {
      if (exceeds(found.body, limits.maxBodyBytes)) return refused(refusals.tooLarge(limits));
      const encoding = findHeader(headers, 'content-encoding');
      if (!isReadable(found.body, type, encoding)) return refused(refusals.unsupportedType(kinds));
    }
    return await plan.process(found, contentType, noteType);
  };

  const conclude = (outcome: Outcome<Info>): CallbackAnswer => {
    if (outcome.kind === 'done' && outcome.report !== undefined) reporter.refused(outcome.report);
    if (outcome.kind === 'refused') reporter.refused(outcome.refusal);
    if (outcome.kind === 'failed') reporter.failed(outcome.error, outcome.info, outcome.warning);
    return toAnswer(outcome);
  };

  const answerOne = async (
    request: CallbackRequest,
    readOne: ReadMessage<Info>,
    trace: MessageTrace | null,
  ): Promise<CallbackAnswer> => {
    const startedAt = performance.now();
    const noteType = (type: MessageType): void => void (trace !== null && (trace.type = type));
    let outcome: Outcome<Info>;
    try {
      outcome = await readOne(request, noteType);
    } catch (error) {
      outcome = { kind: 'failed', error, info: plan.noInfo };
    }
    const answer = conclude(outcome);
    if (trace !== null) {
      const durationMs = performance.now() - startedAt;
      Object.assign(trace, describeOutcome(outcome), { status: answer.status, durationMs });
    }
    return answer;
  };

  const traceOne = async (
    channel: TracingChannel,
    request: CallbackRequest,
    readOne: ReadMessage<Info>,
  ): Promise<CallbackAnswer> => {
    const trace: MessageTrace = { message: reporter.message };
    let answer: CallbackAnswer | undefined;
    await traceWork(channel, trace, async () => void (answer = await answerOne(request, readOne, trace)));
    return answer as CallbackAnswer;
  };

  const receive = (request: CallbackRequest, readOne: ReadMessage<Info>): Promise<CallbackAnswer> => {
    const channel = findListenedTrace();
    return channel === undefined ? answerOne(request, readOne, null) : traceOne(channel, request, readOne);
  };

  return {
    async handle(request) {
      if (closed !== undefined) return receive(request, refuseClosing);
      inFlight += 1;
      try {
        return await receive(request, read);
      } finally {
        inFlight -= 1;
        if (inFlight === 0) tellIdle?.();
      }
    },
    close() {
      closed ??= new Promise<void>((resolve) => {
        if (inFlight === 0) resolve();
        else tellIdle = resolve;
      }).then(() => plan.close());
      return closed;
    },
  };
}

/**
 * Accepts a body that was passed to `handle` directly: text and bytes are raw; anything else was parsed, so its bytes
 * are gone.
 */
function acceptByHand(rawBody: unknown): FoundBody {
  const body = toRaw(rawBody);
  return body === null ? { kind: 'eaten', advice: BY_HAND } : { kind: 'raw', body };
}

function describeUnreadable(
  reason: Extract<FoundBody, { kind: 'unreadable' }>['reason'],
  { limits, kinds }: Pick<EndpointPlan<unknown>, 'limits' | 'kinds'>,
): Refusal {
  switch (reason) {
    case 'interrupted':
      return refusals.interrupted();
    case 'timeout':
      return refusals.bodyTimeout(limits);
    case 'too_large':
      return refusals.tooLarge(limits);
    case 'compressed':
      return refusals.unsupportedType(kinds);
  }
}
