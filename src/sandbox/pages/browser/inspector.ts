import type { Answered, Controls, Detail, Outcome, Summary } from '../inspector/messages.js';
import { controlPanel } from './control-panel.js';
import { copyText } from './copy.js';
import { entryList } from './entry-list.js';

/** Starts the inspector: shows the sandbox's events and runs the actions of its buttons. */
export function startInspector(): void {
  const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
  const [connection, outcomeLine, pause] = [byId('connection'), byId('outcome'), byId('pause')];
  const mostWaiting = 500;

  const announce = ({ ok, message }: Outcome): void => {
    outcomeLine.dataset['ok'] = String(ok);
    outcomeLine.textContent = message;
  };
  const act = async (path: string, body: unknown = {}): Promise<Outcome> => {
    try {
      const answer = await fetch(`/inspector/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const result = (await answer.json()) as Partial<Outcome>;
      return { ok: result.ok === true, message: result.message ?? 'The sandbox refused this action.' };
    } catch {
      return { ok: false, message: 'The sandbox does not answer. Check that it is still running.' };
    }
  };
  const detail = async (id: string, { isRevealed }: { readonly isRevealed: boolean }): Promise<Detail | null> => {
    const path = `/inspector/entries/${encodeURIComponent(id)}`;
    const answer = await (isRevealed ? fetch(`${path}/reveal`, { method: 'POST' }) : fetch(path)).catch(() => null);
    return answer?.ok === true ? ((await answer.json()) as Detail) : null;
  };

  const list = entryList(byId('entries'), byId('empty'), { detail, act, announce });
  const controls = controlPanel({ act, announce });

  let isPaused = false;
  let waiting: Summary[] = [];
  const showPause = (): void => {
    pause.textContent = isPaused ? `Resume${waiting.length === 0 ? '' : ` (${waiting.length} new)`}` : 'Pause';
  };
  // Update once per frame: a load test sends more than anybody reads.
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (isPaused) return showPause();
    for (const summary of waiting.splice(0)) list.add(summary);
  };
  const receive = (summary: Summary): void => {
    waiting.push(summary);
    if (waiting.length > mostWaiting) waiting = waiting.slice(-mostWaiting);
    if (!isScheduled) requestAnimationFrame(flush);
    isScheduled = true;
  };
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    flush();
    showPause();
  });

  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="filter"]')) {
    radio.addEventListener('change', () => list.filter(radio.value));
  }
  const search = byId('search') as HTMLInputElement;
  search.addEventListener('input', () => list.search(search.value));
  byId('forget').addEventListener('click', () => void act('reset').then(announce));
  byId('copy-snippet').addEventListener('click', () => {
    void copyText(byId('snippet')).then((ok) =>
      announce({
        ok,
        message: ok ? 'Copied.' : 'This browser does not let the page copy. Select the text and copy it yourself.',
      }),
    );
  });
  for (const group of document.querySelectorAll('details')) group.open = matchMedia('(min-width: 60rem)').matches;
  for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin;

  const events = new EventSource('/inspector/events');
  const hear = <T>(name: string, listener: (value: T) => void): void =>
    events.addEventListener(name, (event: MessageEvent<string>) => listener(JSON.parse(event.data) as T));
  const connected = (state: string, text: string): void => {
    connection.dataset['state'] = state;
    connection.textContent = text;
  };
  hear<Summary[]>('snapshot', (summaries) => {
    waiting = [];
    showPause();
    list.replace(summaries);
    connected('live', 'Live');
  });
  hear<Summary>('entry', receive);
  hear<Answered>('answered', ({ id, durationMs }) => {
    waiting = waiting.map((summary) => (summary.id === id ? { ...summary, durationMs } : summary));
    list.setDuration(id, durationMs);
  });
  hear<Controls>('controls', (given) => controls.show(given));
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) connected('lost', 'Not connected: reload the page');
    else connected('lost', 'Connection lost, trying again …');
  });
}
