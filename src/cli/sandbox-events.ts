import type { Delivery, SandboxEvent } from '../sandbox/index.js';
import type { Output } from './output.js';
import { printable } from './terminal.js';

type Line = { readonly event: string } & Record<string, unknown>;

/** Picks the part of an event that may be shown. It holds no body, no header and no player's data. */
function publicPart(event: SandboxEvent): Line {
  switch (event.type) {
    case 'request': {
      const { id, at, kind, method, path, status, verdict, advice } = event.request;
      return { event: 'request', id, at, kind, method, path, status, verdict, advice: advice.map(({ code }) => code) };
    }
    case 'reward': {
      const { id, name, isTest, momentId, bodyUrl, usedDate } = event.reward;
      return { event: 'reward', id, name, isTest, momentId, bodyUrl, usedDate };
    }
    case 'delivery': {
      const { id, type, at, delivered, status, attempts, durationMs, repeats } = event.delivery;
      const line = { event: 'delivery', id, type, at, delivered, status, attempts, durationMs, repeats };
      return { ...line, ...describeReason(event.delivery) };
    }
    case 'kaminari': {
      const { kmnrId, status, at } = event.record;
      return { event: 'kaminari', kmnrId, status, at };
    }
    case 'conversion': {
      const { cnvId, status, at, rewardId, kmnrId } = event.conversion;
      return { event: 'conversion', cnvId, status, at, rewardId, kmnrId };
    }
    case 'reset':
      return { event: 'reset' };
  }
}

/**
 * Shows the answer's text only if there is no status: then we wrote it. Otherwise the endpoint wrote it, and it may
 * hold anything.
 */
const describeReason = ({ status, answer }: Delivery): { reason?: string } =>
  status === null ? { reason: answer } : {};

const PAIRING = {
  paired: 'paired: ping and browser record matched',
  script_only: 'script only: no ping within five minutes',
  technical_losses: 'technical losses: no browser record within five minutes',
} as const;

const NO_SESSION = '  (advice: no session is open on this device)';

function inWords(event: SandboxEvent): [at: Date, what: string, text: string] | null {
  switch (event.type) {
    case 'request': {
      const { at, kind, method, path, status, verdict, advice } = event.request;
      const note = advice.some(({ code }) => code === 'no_session') ? NO_SESSION : '';
      return [at, kind, `${method} ${path} → ${status ?? 'no answer'}  ${verdict}${note}`];
    }
    case 'reward': {
      const { at, usedDate, name, bodyUrl } = event.reward;
      return usedDate === null ? [at, 'reward', `${name}  ${bodyUrl}`] : [usedDate, 'reward', `${name}  redeemed`];
    }
    case 'delivery': {
      const { id, at, type, delivered, status, attempts, answer, repeats } = event.delivery;
      const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
      const again = repeats === null ? '' : `, repeats ${repeats}`;
      const how = delivered ? 'delivered' : 'NOT delivered';
      return [at, 'callback', `${type} ${how}: ${status ?? answer}, ${times}  (callback ${id}${again})`];
    }
    case 'kaminari': {
      const { at, kmnrId, status } = event.record;
      return [at, 'kaminari', `${kmnrId}  ${PAIRING[status]}`];
    }
    case 'reset':
      return [new Date(), 'reset', 'all records were deleted'];
    // The line of its request already says it.
    case 'conversion':
      return null;
  }
}

const isTrouble = (event: SandboxEvent): boolean =>
  (event.type === 'request' && (event.request.status === null || event.request.status >= 400)) ||
  (event.type === 'delivery' && !event.delivery.delivered);

/** Prints one line per event of a sandbox: JSON for programs, words for people. */
export function tellEvent(out: Output, event: SandboxEvent): void {
  if (out.json) return out.data(publicPart(event));
  const words = inWords(event);
  if (words === null) return;
  const [at, what, text] = words;
  const paint = isTrouble(event) ? out.paint.red : (plain: string): string => plain;
  out.line(
    `${out.paint.dim(at.toTimeString().slice(0, 8))} ${out.paint.cyan(what.padEnd(8))} ${paint(printable(text))}`,
  );
}
