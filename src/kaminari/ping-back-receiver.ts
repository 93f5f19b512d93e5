import { isEqualBytes, sha256Hex } from '#digest';
import { listOptionIssues, refuseOptions } from '../check/check-options.js';
import { callable, having } from '../check/rules.js';
import { CallbackFormatError, type ValidationIssue } from '../errors/index.js';
import { createEndpoint, type MessageBody } from '../inbound/endpoint.js';
import { readLimits, receiverFields, type ReceiverOptions } from '../inbound/receiver-options.js';
import { refused, type Outcome, type Refused } from '../inbound/outcome.js';
import { refusals } from '../inbound/refusals.js';
import { createReporter } from '../inbound/reporter.js';
import type { CallbackReceiver } from '../inbound/request.js';
import { runHandler } from '../inbound/run-handler.js';
import type { LedgerRunner } from '../stores/ledger.js';
import { memoryLedger } from '../stores/memory/ledger.js';
import * as z from '../zod.js';
import { parsePingBack, type PingBack } from './ping-back.js';

/** The second argument of `onError`. */
export interface PingBackErrorInfo {
  /** The ping-back that failed; absent if the failure came before it was read. */
  readonly pingBack?: PingBack | undefined;
}

/** Options of {@link createPingBackReceiver}. */
export interface PingBackReceiverOptions<Tx = undefined> extends ReceiverOptions<Tx, PingBackErrorInfo> {
  /** The key of your integration, or an array of several. A ping-back with any other key gets a 400. */
  readonly kmnrKey: string | readonly string[];
  /**
   * Handles each verdict once; when it is done, the answer is 200. Optional with `client`, which stores the verdict first.
   * @defaultValue none
   */
  readonly onPingBack?:
    | ((pingBack: PingBack, context: { readonly tx: Tx; readonly signal: AbortSignal }) => Promise<void> | void)
    | undefined;
  /** Stores each verdict for its `verdictFor`. Its `kmnrKey` must be one of this receiver's. @defaultValue none */
  readonly client?: VerdictClient | undefined;
}

/** The part of a `KaminariClient` that the receiver needs. */
export interface VerdictClient {
  /** Whether the client uses this key. */
  hasKey(kmnrKey: string): boolean;
  /** Stores the verdict for `verdictFor`. */
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

/** Checks the options against each other. */
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
      message: "must be a client with this receiver's kmnrKey (or one of them): it ignores verdicts for other keys",
    },
  ];
}

const encoder = new TextEncoder();
const digest = (text: string): Uint8Array => encoder.encode(sha256Hex(text));

/**
 * Builds the ledger key. A repeated verdict is the same event, a changed verdict a new one. Because ping-backs are not signed, the key includes
 * the verdict, so that a forged one cannot use up the genuine one.
 */
const buildDedupKey = ({ kmnrKey, kmnrId, verdict, blocked }: PingBack): string =>
  sha256Hex(JSON.stringify(['kaminari ping-back', kmnrKey, kmnrId, verdict, blocked]));

/**
 * Creates the receiver for Kaminari's ping-backs (PROTOCOL M9). It works with the same adapters as the callbacks (`kiip-s2s/express`,
 * `kiip-s2s/fastify` …).
 *
 * Answers 200 (handled, now or earlier), 400 (malformed, or not your key), 405, 408, 413, 415, 500 (`onPingBack` failed; Kaminari sends it
 * again) and 503 (another worker is handling it, or `close()` was called).
 *
 * Ping-backs are not signed and your pages show the key, so anybody who finds the address can send one. Use a path that cannot be guessed, let only
 * Kaminari's addresses in where you can, and act only on ids that you created.
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
  // Without a ledger, `Tx` is `undefined`, which is what memoryLedger passes.
  const ledger = options.ledger ?? (memoryLedger() as unknown as LedgerRunner<Tx>);
  const { limits, handlerTimeoutMs } = readLimits(options);

  const handle = async (pingBack: PingBack): Promise<Outcome<PingBackErrorInfo>> => {
    try {
      const result = await ledger.run([buildDedupKey(pingBack)], (tx, claim) =>
        runHandler(handlerTimeoutMs, claim, async ({ signal }) => {
          // Store the verdict first, so that the handler finds it with verdictFor().
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
      const result = readBody(body);
      if (result.kind === 'refused') return result;
      const { pingBack } = result;
      noteType('ping_back');
      const given = digest(pingBack.kmnrKey);
      // Compare with every key, so that the time taken reveals nothing.
      if (keys.filter((key) => isEqualBytes(key, given)).length === 0)
        return refused(refusals.malformed("The kmnrKey is not this endpoint's: check its option kmnrKey."));
      return handle(pingBack);
    },
    close: () => ledger.close?.(),
  });
}

/** Accepts a parsed body as well as the raw text, because no signature covers the bytes. */
function readBody(body: MessageBody): { readonly kind: 'read'; readonly pingBack: PingBack } | Refused {
  try {
    return { kind: 'read', pingBack: parsePingBack(body.kind === 'raw' ? body.body : body.fields) };
  } catch (error) {
    if (error instanceof CallbackFormatError) return refused(refusals.malformed(error.message));
    throw error;
  }
}
