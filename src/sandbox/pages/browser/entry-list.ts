import type { Detail, Outcome, Summary } from '../inspector/messages.js';
import { copyText } from './copy.js';
import { detailView } from './detail-view.js';
import { element } from './element.js';
import { lineView } from './line-view.js';

/** How many lines to show. Above that, the oldest is removed. */
const MOST = 500;

/** The calls to the sandbox that the list needs. */
interface Calls {
  detail(id: string, options: { readonly isRevealed: boolean }): Promise<Detail | null>;
  act(path: string): Promise<Outcome>;
  announce(outcome: Outcome): void;
}

interface Row {
  readonly key: string;
  summary: Summary;
  /** The entries that share the line. */
  readonly ids: Set<string>;
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  isRevealed: boolean;
}

const isOpen = ({ button }: Row): boolean => button.getAttribute('aria-expanded') === 'true';
const findKey = ({ fold, id }: Summary): string => fold ?? id;

/**
 * The live list, newest first. An entry opens below its line. The arrow keys move between lines; Escape closes an entry
 * and returns to its line.
 */
export function entryList(list: HTMLElement, empty: HTMLElement, calls: Calls) {
  const rows = new Map<string, Row>();
  let filter = 'all';
  let search = '';
  let lastNumber = 0;

  const visible = (): Row[] => [...rows.values()].filter(({ item }) => !item.hidden).reverse();
  const findRow = (target: EventTarget | null): Row | undefined => {
    const key = target instanceof Element ? target.closest('li')?.dataset['key'] : undefined;
    return key === undefined ? undefined : rows.get(key);
  };

  const refreshEmpty = (): void => {
    empty.hidden = visible().length > 0;
    empty.dataset['why'] = rows.size === 0 ? 'nothing' : 'filtered';
  };

  const fill = async (row: Row): Promise<void> => {
    const detail = await calls.detail(row.summary.id, row);
    if (!isOpen(row)) return;
    const action = row.panel.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-action')
      : undefined;
    row.panel.replaceChildren(
      ...(detail === null ? [element('p', {}, ['The sandbox no longer has this entry.'])] : detailView(detail)),
    );
    // The pressed button may have been replaced or removed.
    if (action !== undefined) (row.panel.querySelector<HTMLElement>(`[data-action="${action}"]`) ?? row.button).focus();
  };

  const toggle = (row: Row): void => {
    const opens = !isOpen(row);
    row.button.setAttribute('aria-expanded', String(opens));
    row.panel.hidden = !opens;
    row.isRevealed = false;
    if (opens) void fill(row);
    else row.panel.replaceChildren();
  };

  const show = (row: Row): void => {
    const { type, title, verdict, id } = row.summary;
    const isFound = search === '' || `${type} ${title} ${verdict} ${id}`.toLowerCase().includes(search);
    row.item.hidden = !isFound || (filter !== 'all' && !filter.split(' ').includes(type));
  };

  const describe = (row: Row): void => {
    row.item.dataset['tone'] = row.summary.tone;
    row.item.classList.toggle('repeat', row.summary.isRepeat);
    row.button.replaceChildren(...lineView(row.summary, row.ids.size));
    show(row);
  };

  const create = (summary: Summary): Row => {
    lastNumber += 1;
    const [lineId, panelId] = [`line-${lastNumber}`, `panel-${lastNumber}`];
    const panel = element('div', { id: panelId, class: 'panel', role: 'region', 'aria-labelledby': lineId });
    const button = element('button', {
      type: 'button',
      id: lineId,
      class: 'line',
      'aria-expanded': 'false',
      'aria-controls': panelId,
    });
    panel.hidden = true;
    const key = findKey(summary);
    const item = element('li', { 'data-key': key }, [button, panel]);
    return { key, summary, ids: new Set([summary.id]), item, button, panel, isRevealed: false };
  };

  const drop = (row: Row): void => {
    row.item.remove();
    rows.delete(row.key);
  };

  /** Moves a line to the top. */
  const raise = (row: Row): void => {
    rows.delete(row.key);
    rows.set(row.key, row);
    list.prepend(row.item);
  };

  const put = (summary: Summary): Row => {
    const known = rows.get(findKey(summary));
    const isSame = known?.summary.id === summary.id && known.summary.at === summary.at;
    if (known === undefined || (!isSame && summary.fold === null)) {
      // The same id at another time means that the sandbox has restarted.
      if (known !== undefined) drop(known);
      const row = create(summary);
      describe(row);
      raise(row);
      return row;
    }
    known.summary = summary;
    known.ids.add(summary.id);
    describe(known);
    if (!isSame) raise(known);
    if (isOpen(known)) void fill(known);
    return known;
  };

  const run = async (row: Row, pressed: HTMLElement): Promise<void> => {
    const action = pressed.dataset['action'] ?? '';
    if (action === 'reveal') {
      row.isRevealed = true;
      return fill(row);
    }
    if (action.startsWith('copy')) {
      const source = pressed.closest('section')?.querySelector('pre');
      const ok = source != null && (await copyText(source));
      return calls.announce({
        ok,
        message: ok ? 'Copied.' : 'This browser does not let the page copy. Select the text and copy it yourself.',
      });
    }
    const rewardId = row.summary.id.replace(/^reward-/, '');
    calls.announce({ ok: true, message: action === 'redeem' ? 'Redeeming …' : 'Issuing …' });
    calls.announce(await calls.act(`rewards/${encodeURIComponent(rewardId)}/${action}`));
  };

  list.addEventListener('click', ({ target }) => {
    const row = findRow(target);
    if (row === undefined || !(target instanceof Element)) return;
    const pressed = target.closest<HTMLElement>('[data-action]');
    if (row.button.contains(target)) toggle(row);
    else if (pressed?.getAttribute('aria-disabled') === 'true')
      calls.announce({ ok: false, message: `${pressed.title}.` });
    else if (pressed !== null) void run(row, pressed);
  });

  list.addEventListener('keydown', (event) => {
    const row = findRow(event.target);
    if (row === undefined) return;
    if (event.key === 'Escape' && isOpen(row)) {
      toggle(row);
      row.button.focus();
    }
    if (event.target !== row.button) return;
    const lines = visible();
    const at = lines.indexOf(row);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 };
    const next = targets[event.key];
    if (next === undefined) return;
    event.preventDefault();
    lines[next]?.button.focus();
  });

  const showAll = (): void => {
    for (const row of rows.values()) show(row);
    refreshEmpty();
  };

  return {
    add(summary: Summary): void {
      put(summary);
      for (const row of rows.values()) {
        if (rows.size <= MOST) break;
        if (!isOpen(row) && document.activeElement !== row.button) drop(row);
      }
      refreshEmpty();
    },
    /** Replaces the list with the sandbox's newest entries. Open entries stay open if they still exist. */
    replace(summaries: readonly Summary[]): void {
      const focused = document.activeElement;
      const keys = new Set(summaries.map(findKey));
      for (const row of rows.values()) {
        if (!keys.has(row.key)) drop(row);
        row.ids.clear();
      }
      for (const summary of summaries) raise(put(summary));
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
      refreshEmpty();
    },
    setDuration(id: string, durationMs: number | null): void {
      const row = rows.get(id) ?? [...rows.values()].find(({ summary }) => summary.id === id);
      if (row === undefined) return;
      row.summary = { ...row.summary, durationMs };
      describe(row);
    },
    /** Shows only the given types, or `all`. */
    filter(types: string): void {
      filter = types;
      showAll();
    },
    /** Shows only entries that contain a text. */
    search(text: string): void {
      search = text.trim().toLowerCase();
      showAll();
    },
  };
}
