import type { Summary } from '../inspector/messages.js';
import { element } from './element.js';

const SYMBOLS = { good: '✓', bad: '✕', plain: '·' };
const REPEAT = '↻';

/** Formats a time as `23:15:45.813`. */
const describeTime = (at: string): string =>
  new Date(at).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  });

const describeDuration = (ms: number | null): string => {
  if (ms === null) return '';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
};

/** Shows an entry as one line; `count` is how many entries share it. */
export function lineView({ title, verdict, tone, type, at, durationMs, isRepeat }: Summary, count: number): Node[] {
  const symbol = isRepeat ? REPEAT : SYMBOLS[tone];
  const mark = element('span', { class: 'mark', 'aria-hidden': 'true' }, [symbol]);
  const times = count === 1 ? [] : [element('span', { class: 'count' }, [`×${count} `])];
  return [
    element('time', { datetime: at }, [describeTime(at)]),
    element('span', { class: `type ${type}` }, [type]),
    element('span', { class: 'title', dir: 'auto' }, [...times, title]),
    element('span', { class: 'verdict' }, [mark, ` ${verdict}`]),
    element('span', { class: 'duration' }, [describeDuration(durationMs)]),
  ];
}
