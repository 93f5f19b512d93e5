import type { Detail, Section } from '../inspector/messages.js';
import { element } from './element.js';
import { jsonView } from './json-view.js';

/** Shows an opened entry: its parts, and its buttons, which name their action in `data-action`. */
export function detailView({ sections, isMasked, reward }: Detail): HTMLElement[] {
  const content = (section: Section): HTMLElement => {
    switch (section.kind) {
      case 'facts':
        return element(
          'dl',
          {},
          section.facts.map(([name, value]) =>
            element('div', {}, [element('dt', {}, [name]), element('dd', { dir: 'auto' }, [value])]),
          ),
        );
      case 'json':
        return jsonView(section.value);
      case 'text':
        return element('pre', {}, [section.text]);
      case 'advice':
        return section.advice.length === 0
          ? element('p', {}, ['None: nothing is missing.'])
          : element(
              'ul',
              { class: 'hints' },
              section.advice.map(({ path, message }) =>
                element('li', {}, [element('code', {}, [path]), ` ${message}`]),
              ),
            );
    }
  };
  const button = (action: string, label: string, why: string | null = null): HTMLElement =>
    element(
      'button',
      { type: 'button', 'data-action': action, ...(why !== null && { 'aria-disabled': 'true', title: why }) },
      [label],
    );
  const buttons: HTMLElement[] = [];
  if (reward !== null) {
    const canRepeat = reward.isUsed && reward.cannotIssue === null;
    buttons.push(
      element('a', { class: 'button', href: reward.pagePath, target: '_blank', rel: 'noreferrer' }, [
        'Open the reward page',
      ]),
      button(
        'redeem',
        canRepeat ? 'Redeem again (a duplicate)' : 'Redeem',
        reward.isUsed && !canRepeat ? 'It has already been redeemed' : null,
      ),
      button('issue', 'Issue', reward.cannotIssue === null ? null : `It cannot be issued: ${reward.cannotIssue}`),
    );
  }
  if (isMasked) buttons.push(button('reveal', 'Show personal data'));
  const parts = sections.map((section, index) => {
    const heading = element('h3', {}, [section.heading]);
    const hasText = section.kind === 'json' || section.kind === 'text';
    const copy = element(
      'button',
      { type: 'button', class: 'copy', 'data-action': `copy-${index}`, 'aria-label': `Copy: ${section.heading}` },
      ['Copy'],
    );
    const head = hasText ? element('div', { class: 'head' }, [heading, copy]) : heading;
    return element('section', { class: `part ${section.kind}` }, [head, content(section)]);
  });
  return buttons.length === 0 ? parts : [element('div', { class: 'buttons' }, buttons), ...parts];
}
