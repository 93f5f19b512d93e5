import { createHash, timingSafeEqual } from 'node:crypto';
import {
  memoryLedger,
  type CallbackAnswer,
  type CallbackReceiver,
  type CallbackRequest,
  type Ledger,
} from '../callbacks/index.js';
import { formatOf } from '../callbacks/parse/content-type.js';
import { answers } from '../callbacks/receiver/answers.js';
import { buildContext, withinLimit } from '../callbacks/receiver/handler.js';
import { reportFailure } from '../callbacks/receiver/report.js';
import { headerOf } from '../callbacks/receiver/request.js';
import { CallbackFormatError, KiipConfigError } from '../errors/index.js';
import { parsePingBack, type PingBack } from './ping-back.js';

/** Options of {@link createPingBackReceiver}. */
export interface PingBackReceiverOptions<Tx = undefined> {
  /** The integration's key, or those of several: a ping-back with another one is answered with 400. */
  readonly kmnrKey: string | readonly string[];
  /** Gets each verdict once. The answer is 200 when it is done. */
  readonly onPingBack: (
    pingBack: PingBack,
    context: { readonly tx: Tx; readonly signal: AbortSignal },
  ) => Promise<void> | void;
  /**
   * Which verdicts were handled before; the ledgers of callbacks fit. Default `memoryLedger()`: this process only, so that after a restart a
   * repeated ping-back is handled again.
   */
  readonly ledger?: Ledger<Tx> | undefined;
  /** Gets what became a 500. Without it, a process warning names the kind of error. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Largest body, in bytes. Default 65 536. */
  readonly maxBodyBytes?: number | undefined;
  /** How long an adapter waits for the body, in milliseconds. Default 10 000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** How long `onPingBack` may take, in milliseconds. Default 25 000. */
  readonly handlerTimeoutMs?: number | undefined;
}

const REFUSALS = {
  400: answers.interrupted,
  408: answers.bodyTimeout,
  413: answers.tooLarge,
  415: answers.unsupportedType,
  500: answers.failed,
} as const;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * One verdict is one event, however often it is sent; a verdict that changed later is another. The verdict is part of the key because nothing
 * is signed: a forged ping-back must not use up the genuine one.
 */
const dedupKey = ({ kmnrKey, kmnrId, verdict, blocked }: PingBack): string =>
  digest(JSON.stringify(['kaminari ping-back', kmnrKey, kmnrId, verdict, blocked])).toString('hex');

function keysOf({ kmnrKey, onPingBack }: Pick<PingBackReceiverOptions<never>, 'kmnrKey' | 'onPingBack'>): Buffer[] {
  const keys: readonly unknown[] = Array.isArray(kmnrKey) ? kmnrKey : [kmnrKey];
  const issues: { path: string; message: string }[] = [];
  if (keys.length === 0 || keys.some((key) => typeof key !== 'string' || key === ''))
    issues.push({ path: 'kmnrKey', message: 'must be the key of your Kaminari integration, or a list of keys' });
  if (typeof onPingBack !== 'function') issues.push({ path: 'onPingBack', message: 'must be a function' });
  if (issues.length > 0)
    throw new KiipConfigError(
      `createPingBackReceiver: ${issues.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      issues,
    );
  return (keys as readonly string[]).map(digest);
}

/**
 * The endpoint for Kaminari's ping-backs (PROTOCOL M9), for the same adapters as the callbacks (`kiip-s2s/express`, `kiip-s2s/fastify` …).
 *
 * Answers 200 (handled, now or before), 400 (malformed, or not your key), 405, 408, 413, 415, 500 (`onPingBack` failed; Kaminari sends it
 * again) and 503 (another worker is at it, or `close()` was called).
 *
 * Ping-backs are not signed, and the key stands in your pages: anybody who finds the address can send one. Use a path that cannot be guessed,
 * let only Kaminari's addresses in where you can, and act only on ids that you made.
 *
 * @typeParam Tx - the ledger's transaction, inferred.
 * @throws KiipConfigError when the key is empty or `onPingBack` is missing.
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
  const keys = keysOf(options);
  // Without a ledger `Tx` is inferred as its default, `undefined`: what memoryLedger hands out.
  const ledger = options.ledger ?? (memoryLedger() as unknown as Ledger<Tx>);
  const { maxBodyBytes = 65_536, bodyTimeoutMs = 10_000, handlerTimeoutMs = 25_000, onPingBack } = options;
  const inFlight = new Set<Promise<CallbackAnswer>>();
  let closed: Promise<void> | null = null;

  const answerTo = async ({ method, headers, rawBody }: CallbackRequest): Promise<CallbackAnswer> => {
    if (method.toUpperCase() !== 'POST') return answers.methodNotAllowed();
    const contentType = headerOf(headers, 'content-type');
    if (formatOf(contentType, undefined) !== 'json') return onlyJson();
    if (Number(headerOf(headers, 'content-length')) > maxBodyBytes) return answers.tooLarge();
    const body = typeof rawBody === 'function' ? await rawBody({ maxBodyBytes, bodyTimeoutMs }) : rawBody;
    if (typeof body === 'object' && 'refuse' in body) return REFUSALS[body.refuse]();
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    if (isRaw && Buffer.byteLength(body) > maxBodyBytes) return answers.tooLarge();
    // Nothing is signed, so what a body parser made of it is as good.
    const pingBack = parsePingBack(isRaw ? body : body.fields);
    const given = digest(pingBack.kmnrKey);
    const known = keys.filter((key) => timingSafeEqual(key, given)).length > 0;
    if (!known) return answers.malformed('The kmnrKey is not one of this endpoint.');
    const handle: Parameters<typeof ledger.run>[1] = (tx, claim) =>
      withinLimit(handlerTimeoutMs, claim, (source) => onPingBack(pingBack, buildContext(tx, source)));
    return answers[await ledger.run([dedupKey(pingBack)], handle)]();
  };

  return {
    handle(request) {
      if (closed !== null) return Promise.resolve(answers.closing());
      const answer = answerTo(request).catch((error: unknown) => {
        if (error instanceof CallbackFormatError) return answers.malformed(error.message);
        reportFailure(error, options.onError);
        return answers.failed();
      });
      inFlight.add(answer);
      return answer.finally(() => inFlight.delete(answer));
    },
    close() {
      closed ??= Promise.all(inFlight).then(() => ledger.close?.());
      return closed;
    },
  };
}

function onlyJson(): CallbackAnswer {
  const answer = answers.unsupportedType();
  return { ...answer, headers: { ...answer.headers, accept: 'application/json' } };
}
