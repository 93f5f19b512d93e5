import type { Controls, Outcome } from '../inspector/messages.js';
import { element } from './element.js';

/** Wires the forms beside the list. Updates from the sandbox do not overwrite what somebody is typing. */
export function controlPanel(calls: {
  act(path: string, body: unknown): Promise<Outcome>;
  announce(outcome: Outcome): void;
}) {
  const field = <T extends HTMLElement = HTMLInputElement>(id: string): T => document.getElementById(id) as T;
  const [settings, faults] = [field<HTMLFormElement>('settings'), field<HTMLFormElement>('faults')];
  const [rate, name, onward, kind] = [
    field('fill-rate'),
    field('reward-name'),
    field('native-url'),
    field<HTMLSelectElement>('fault-kind'),
  ];
  const [rateShown, armed, none, disarm] = [
    field('fill-rate-shown'),
    field('armed'),
    field('none-armed'),
    field('disarm'),
  ];
  const known = new Map<HTMLInputElement, string>();

  const take = (input: HTMLInputElement, value: string): void => {
    if (known.has(input) && input.value !== known.get(input)) return;
    input.value = value;
    // Read the value back, because a slider rounds it.
    known.set(input, input.value);
  };
  const showRate = (): void => {
    rateShown.textContent = `${rate.value} %`;
    rate.setAttribute('aria-valuetext', `${rate.value} percent`);
  };
  const listFields = (): HTMLElement[] => [...faults.querySelectorAll<HTMLElement>('[data-for]')];
  const showFields = (): void => {
    for (const one of listFields()) one.hidden = one.dataset['for'] !== kind.value;
  };
  const send = async (path: string, body: unknown): Promise<void> => calls.announce(await calls.act(path, body));

  rate.addEventListener('input', showRate);
  kind.addEventListener('change', showFields);
  settings.addEventListener('submit', (event) => {
    event.preventDefault();
    const isMoved = rate.value !== known.get(rate);
    known.clear();
    void send('settings', {
      ...(isMoved && { fillRate: Number(rate.value) / 100 }),
      rewardName: name.value,
      nativeUrl: onward.value,
    });
  });
  faults.addEventListener('submit', (event) => {
    event.preventDefault();
    const fault: Record<string, unknown> = { kind: kind.value };
    for (const one of listFields().filter(({ hidden }) => !hidden)) {
      for (const input of one.querySelectorAll('input')) {
        if (input.value !== '') fault[input.name] = input.type === 'number' ? input.valueAsNumber : input.value;
      }
    }
    void send('arm', { fault, times: field('fault-times').valueAsNumber });
  });
  disarm.addEventListener('click', () => {
    kind.focus();
    void send('disarm', {});
  });
  showFields();

  return {
    show({ fillRate, rewardName, nativeUrl, faults: waiting, callbackUrl }: Controls): void {
      take(rate, String(Math.round(fillRate * 1000) / 10));
      take(name, rewardName ?? '');
      take(onward, nativeUrl ?? '');
      showRate();
      armed.replaceChildren(
        ...waiting.map(({ text, left }) => element('li', {}, [left === 1 ? text : `${text}, ${left} times`])),
      );
      none.hidden = waiting.length > 0;
      armed.hidden = waiting.length === 0;
      disarm.hidden = waiting.length === 0;
      field('callback-url').textContent = callbackUrl ?? 'nowhere: start the sandbox with a callbackUrl';
    },
  };
}
