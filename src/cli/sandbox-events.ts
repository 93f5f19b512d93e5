import type { Delivery, SandboxEvent } from '../sandbox/index.js';
import type { Output } from './output.js';
import { printable } from './terminal.js';

type Line = { readonly event: string } & Record<string, unknown>;

/** What may be shown of an event: never a body, a header or anything else that belongs to a player. */
function publicPart(event: SandboxEvent): Line {
  switch (event.type) {
    case 'request': {
      const { id, at, kind, method, path, status, verdict } = event.request;
      return { event: 'request', id, at, kind, method, path, status, verdict };
    }
    case 'reward': {
      const { id, name, isTest, momentId, bodyUrl, usedDate } = event.reward;
      return { event: 'reward', id, name, isTest, momentId, bodyUrl, usedDate };
    }
    case 'delivery': {
      const { type, at, delivered, status, attempts } = event.delivery;
      return { event: 'delivery', type, at, delivered, status, attempts, ...reasonOf(event.delivery) };
    }
    case 'kaminari': {
      const { kmnrId, status, at } = event.record;
      return { event: 'kaminari', kmnrId, status, at };
    }
  }
}

/** Without a status the answer's text is ours: why there was none. With one it is the endpoint's, and may hold anything. */
const reasonOf = ({ status, answer }: Delivery): { reason?: string } => (status === null ? { reason: answer } : {});

const PAIRING = {
  paired: 'paired: ping and browser record met',
  script_only: 'script only: no ping within five minutes',
  technical_losses: 'technical losses: no browser record within five minutes',
} as const;

function inWords(event: SandboxEvent): [at: Date, what: string, text: string] {
  switch (event.type) {
    case 'request': {
      const { at, kind, method, path, status, verdict } = event.request;
      return [at, kind, `${method} ${path} → ${status ?? 'no answer'}  ${verdict}`];
    }
    case 'reward': {
      const { at, usedDate, name, bodyUrl } = event.reward;
      return usedDate === null ? [at, 'reward', `${name}  ${bodyUrl}`] : [usedDate, 'reward', `${name}  redeemed`];
    }
    case 'delivery': {
      const { at, type, delivered, status, attempts, answer } = event.delivery;
      const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
      return [at, 'callback', `${type} ${delivered ? 'delivered' : 'NOT delivered'}: ${status ?? answer}, ${times}`];
    }
    case 'kaminari': {
      const { at, kmnrId, status } = event.record;
      return [at, 'kaminari', `${kmnrId}  ${PAIRING[status]}`];
    }
  }
}

const isTrouble = (event: SandboxEvent): boolean =>
  (event.type === 'request' && (event.request.status === null || event.request.status >= 400)) ||
  (event.type === 'delivery' && !event.delivery.delivered);

/** One line for each thing that happens in a sandbox: JSON for programs, words for people. */
export function tellEvent(out: Output, event: SandboxEvent): void {
  if (out.json) return out.data(publicPart(event));
  const [at, what, text] = inWords(event);
  const paint = isTrouble(event) ? out.paint.red : (words: string): string => words;
  out.line(
    `${out.paint.dim(at.toTimeString().slice(0, 8))} ${out.paint.cyan(what.padEnd(8))} ${paint(printable(text))}`,
  );
}
