import type { Detail, Outcome, Summary } from '../inspector/types.js';
import { detailView } from './detail-view.js';
import { element } from './element.js';

/** What the list needs of the sandbox. */
interface Calls {
  detail(id: string, reveal: boolean): Promise<Detail | null>;
  act(path: string): Promise<Outcome>;
  announce(outcome: Outcome): void;
}

/** The live list, newest first. Entries open below their line; arrow keys move between lines, Escape closes and leads back. */
export function entryList(list: HTMLElement, empty: HTMLElement, calls: Calls) {
  const most = 500;
  const symbols = { good: '✓', bad: '✕', plain: '·' };
  type Row = {
    summary: Summary;
    item: HTMLLIElement;
    button: HTMLButtonElement;
    panel: HTMLElement;
    isRevealed: boolean;
  };
  const rows = new Map<string, Row>();
  let filter = 'all';
  let lastNumber = 0;

  const isOpen = ({ button }: Row): boolean => button.getAttribute('aria-expanded') === 'true';
  const visible = (): Row[] => [...rows.values()].filter(({ item }) => !item.hidden).reverse();
  const rowOf = (target: EventTarget | null): Row | undefined => {
    const id = target instanceof Element ? target.closest('li')?.dataset['id'] : undefined;
    return id === undefined ? undefined : rows.get(id);
  };

  const refreshEmpty = (): void => {
    const shown = visible().length;
    empty.hidden = shown > 0;
    empty.dataset['why'] = rows.size === 0 ? 'nothing' : 'filtered';
  };

  const fill = async (row: Row): Promise<void> => {
    const detail = await calls.detail(row.summary.id, row.isRevealed);
    if (!isOpen(row)) return;
    const action = row.panel.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-action')
      : undefined;
    row.panel.replaceChildren(
      ...(detail === null ? [element('p', {}, ['The sandbox no longer has this entry.'])] : detailView(detail)),
    );
    // The button that was pressed may be another one now, or gone.
    if (action !== undefined) (row.panel.querySelector<HTMLElement>(`[data-action="${action}"]`) ?? row.button).focus();
  };

  const toggle = (row: Row, open: boolean): void => {
    row.button.setAttribute('aria-expanded', String(open));
    row.panel.hidden = !open;
    row.isRevealed = false;
    if (open) void fill(row);
    else row.panel.replaceChildren();
  };

  const describe = ({ summary: { title, verdict, tone, type, at }, button, item }: Row): void => {
    const mark = element('span', { class: 'mark', 'aria-hidden': 'true' }, [symbols[tone]]);
    item.dataset['tone'] = tone;
    button.replaceChildren(
      element('time', { datetime: at }, [new Date(at).toLocaleTimeString('en-GB')]),
      element('span', { class: `type ${type}` }, [type]),
      element('span', { class: 'title', dir: 'auto' }, [title]),
      element('span', { class: 'verdict' }, [mark, ` ${verdict}`]),
    );
  };

  const create = (summary: Summary): Row => {
    lastNumber += 1;
    const panel = element('div', {
      id: `panel-${lastNumber}`,
      class: 'panel',
      role: 'region',
      'aria-labelledby': `line-${lastNumber}`,
    });
    const button = element('button', {
      type: 'button',
      id: `line-${lastNumber}`,
      class: 'line',
      'aria-expanded': 'false',
      'aria-controls': panel.id,
    });
    panel.hidden = true;
    const item = element('li', { 'data-id': summary.id }, [button, panel]);
    const row = { summary, item, button, panel, isRevealed: false };
    describe(row);
    return row;
  };

  const show = (row: Row): void => {
    row.item.hidden = filter !== 'all' && row.summary.type !== filter;
  };

  const drop = (row: Row): void => {
    row.item.remove();
    rows.delete(row.summary.id);
  };

  const put = (summary: Summary): Row => {
    const known = rows.get(summary.id);
    if (known !== undefined && known.summary.at === summary.at) {
      known.summary = summary;
      describe(known);
      if (isOpen(known)) void fill(known);
      return known;
    }
    // The same id at another time: the sandbox was started anew.
    if (known !== undefined) drop(known);
    const row = create(summary);
    show(row);
    rows.set(summary.id, row);
    list.prepend(row.item);
    return row;
  };

  const run = async (row: Row, action: string): Promise<void> => {
    if (action === 'reveal') {
      row.isRevealed = true;
      return fill(row);
    }
    const rewardId = row.summary.id.replace(/^reward-/, '');
    calls.announce({ ok: true, message: action === 'redeem' ? 'Redeeming …' : 'Issuing …' });
    calls.announce(await calls.act(`rewards/${encodeURIComponent(rewardId)}/${action}`));
  };

  list.addEventListener('click', ({ target }) => {
    const row = rowOf(target);
    if (row === undefined || !(target instanceof Element)) return;
    const pressed = target.closest<HTMLElement>('[data-action]');
    if (row.button.contains(target)) toggle(row, !isOpen(row));
    else if (pressed?.getAttribute('aria-disabled') === 'true')
      calls.announce({ ok: false, message: `${pressed.title}.` });
    else if (pressed !== null) void run(row, pressed.dataset['action'] ?? '');
  });

  list.addEventListener('keydown', (event) => {
    const row = rowOf(event.target);
    if (row === undefined) return;
    if (event.key === 'Escape' && isOpen(row)) {
      toggle(row, false);
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

  return {
    add(summary: Summary): void {
      put(summary);
      for (const row of rows.values()) {
        if (rows.size <= most) break;
        if (!isOpen(row) && document.activeElement !== row.button) drop(row);
      }
      refreshEmpty();
    },
    /** Takes the sandbox's newest entries in place of what is there; what is open stays open if it still exists. */
    replace(summaries: readonly Summary[]): void {
      const focused = document.activeElement;
      const ids = new Set(summaries.map(({ id }) => id));
      for (const row of rows.values()) if (!ids.has(row.summary.id)) drop(row);
      for (const summary of summaries) {
        const row = put(summary);
        rows.delete(summary.id);
        rows.set(summary.id, row);
        list.prepend(row.item);
      }
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
      refreshEmpty();
    },
    filter(type: string): void {
      filter = type;
      for (const row of rows.values()) show(row);
      refreshEmpty();
    },
  };
}
