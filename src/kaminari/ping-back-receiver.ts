import { isEqualBytes, sha256Hex } from '#digest';
import { listOptionIssues, refuseOptions } from '../check/options.js';
import { callable, having } from '../check/rules.js';
import { CallbackFormatError, type ValidationIssue } from '../errors/index.js';
import { createEndpoint, type MessageBody } from '../inbound/endpoint.js';
import { readLimits, receiverFields, type ReceiverOptions } from '../inbound/options.js';
import { refused, type Outcome } from '../inbound/outcome.js';
import { refusals, type Refusal } from '../inbound/refusals.js';
import { createReporter } from '../inbound/reporter.js';
import type { CallbackReceiver } from '../inbound/request.js';
import { runHandler } from '../inbound/run-handler.js';
import type { LedgerRunner } from '../stores/ledger.js';
import { memoryLedger } from '../stores/memory/ledger.js';
import * as z from '../zod.js';
import { parsePingBack, type PingBack } from './ping-back.js';

/** What `onError` gets beside the error. */
export interface PingBackErrorInfo {
  /** The ping-back that was not handled; absent when the failure came before it was read. */
  readonly pingBack?: PingBack;
}

/** Options of {@link createPingBackReceiver}. */
export interface PingBackReceiverOptions<Tx = undefined> extends ReceiverOptions<Tx, PingBackErrorInfo> {
  /** The integration's key, or those of several: a ping-back with another one is answered with 400. */
  readonly kmnrKey: string | readonly string[];
  /**
   * Gets each verdict once. The answer is 200 when it is done. Optional where `client` is given, which has noted the verdict before.
   * @defaultValue none
   */
  readonly onPingBack?:
    | ((pingBack: PingBack, context: { readonly tx: Tx; readonly signal: AbortSignal }) => Promise<void> | void)
    | undefined;
  /** Notes each verdict, so that `verdictFor` of this client knows it. Its `kmnrKey` must be among those of the endpoint. @defaultValue none */
  readonly client?: VerdictClient | undefined;
}

/** What the receiver needs of a `KaminariClient`. */
export interface VerdictClient {
  /** Whether the key is that of the client's integration. */
  hasKey(kmnrKey: string): boolean;
  /** Keeps the verdict for `verdictFor`. */
  noteVerdict(pingBack: PingBack): Promise<void>;
}

const isKey = (value: unknown): boolean => typeof value === 'string' && value !== '';
const schema = z.strictObject({
  ...receiverFields(),
  kmnrKey: z.custom(
    (value) => isKey(value) || (Array.isArray(value) && value.length > 0 && value.every(isKey)),
    'must be the key of your Kaminari integration, or a list of keys',
  ),
  onPingBack: callable(),
  client: having<VerdictClient>(['hasKey', 'noteVerdict'], 'a KaminariClient'),
});

/** What the rules of single options cannot see. */
function listJointIssues({
  kmnrKey,
  onPingBack,
  client,
}: Partial<PingBackReceiverOptions<unknown>>): ValidationIssue[] {
  if (onPingBack === undefined && client === undefined)
    return [{ path: 'onPingBack', message: 'must be a function, unless client is given' }];
  if (typeof client?.hasKey !== 'function') return [];
  if ([kmnrKey].flat().some((key) => key !== undefined && client.hasKey(key))) return [];
  return [
    {
      path: 'client',
      message: 'must have the kmnrKey of this endpoint, or one of its keys: it notes no other verdicts',
    },
  ];
}

const encoder = new TextEncoder();
const digest = (text: string): Uint8Array => encoder.encode(sha256Hex(text));

/**
 * One verdict is one event, however often it is sent; a verdict that changed later is another. The verdict is part of the key because nothing
 * is signed: a forged ping-back must not use up the genuine one.
 */
const buildDedupKey = ({ kmnrKey, kmnrId, verdict, blocked }: PingBack): string =>
  sha256Hex(JSON.stringify(['kaminari ping-back', kmnrKey, kmnrId, verdict, blocked]));

/**
 * Makes the endpoint for Kaminari's ping-backs (PROTOCOL M9), for the same adapters as the callbacks (`kiip-s2s/express`,
 * `kiip-s2s/fastify` …).
 *
 * Answers 200 (handled, now or before), 400 (malformed, or not your key), 405, 408, 413, 415, 500 (`onPingBack` failed; Kaminari sends it
 * again) and 503 (another worker is at it, or `close()` was called).
 *
 * Ping-backs are not signed, and the key stands in your pages: anybody who finds the address can send one. Use a path that cannot be guessed,
 * let only Kaminari's addresses in where you can, and act only on ids that you made.
 *
 * @typeParam Tx - the ledger's transaction, inferred.
 * @throws KiipConfigError naming every wrong option.
 * @example
 * ```ts
 * import express from 'express';
 * import { callbackHandler } from 'kiip-s2s/express';
 * import { createPingBackReceiver } from 'kiip-s2s/kaminari';
 *
 * declare function save(kmnrId: string, verdict: string): Promise<void>;
 * const receiver = createPingBackReceiver({
 *   kmnrKey: process.env['KAMINARI_KEY'] ?? '',
 *   onPingBack: ({ kmnrId, verdict }) => save(kmnrId, verdict),
 * });
 * express().all('/kaminari/a-path-nobody-guesses', callbackHandler(receiver));
 * ```
 */
export function createPingBackReceiver<Tx = undefined>(options: PingBackReceiverOptions<Tx>): CallbackReceiver {
  refuseOptions('createPingBackReceiver', [
    ...listOptionIssues(schema, options),
    ...listJointIssues((options ?? {}) as Partial<PingBackReceiverOptions<unknown>>),
  ]);
  const { kmnrKey, onPingBack, client } = options;
  const keys = (typeof kmnrKey === 'string' ? [kmnrKey] : kmnrKey).map(digest);
  // Without a ledger `Tx` is inferred as its default, `undefined`: what memoryLedger hands out.
  const ledger = options.ledger ?? (memoryLedger() as unknown as LedgerRunner<Tx>);
  const { limits, handlerTimeoutMs } = readLimits(options);

  const handle = async (pingBack: PingBack): Promise<Outcome<PingBackErrorInfo>> => {
    try {
      const result = await ledger.run([buildDedupKey(pingBack)], (tx, claim) =>
        runHandler(handlerTimeoutMs, claim, async ({ signal }) => {
          // First, so that the handler finds it by verdictFor().
          await client?.noteVerdict(pingBack);
          await onPingBack?.(pingBack, { tx, signal });
        }),
      );
      return result === 'busy' ? refused(refusals.busy()) : { kind: 'done', result };
    } catch (error) {
      return { kind: 'failed', error, info: { pingBack } };
    }
  };

  return createEndpoint<PingBackErrorInfo>({
    kinds: ['json'],
    limits,
    reporter: createReporter('ping-back', options),
    noInfo: {},
    async process(body, _contentType, noteType) {
      const pingBack = readBody(body);
      if ('status' in pingBack) return refused(pingBack);
      noteType('ping_back');
      const given = digest(pingBack.kmnrKey);
      // No early end, so that the time tells nothing.
      if (keys.filter((key) => isEqualBytes(key, given)).length === 0)
        return refused(refusals.malformed('The kmnrKey is not one of this endpoint.'));
      return handle(pingBack);
    },
    close: () => ledger.close?.(),
  });
}

/** Nothing is signed, so what a body parser made of it is as good as the text. */
function readBody(body: MessageBody): PingBack | Refusal {
  try {
    return parsePingBack(body.kind === 'raw' ? body.body : body.fields);
  } catch (error) {
    if (error instanceof CallbackFormatError) return refusals.malformed(error.message);
    throw error;
  }
}
