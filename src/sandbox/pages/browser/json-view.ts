import { element } from './element.js';

/** Shows a value as indented JSON with coloured names, texts and numbers. Cuts very long values. */
export function jsonView(value: unknown): HTMLElement {
  const longest = 50_000;
  const whole = JSON.stringify(value, null, 2);
  const text = whole.length > longest ? `${whole.slice(0, longest)}\n… cut` : whole;
  const pre = element('pre');
  // A cut text may end inside a string; treat the rest as that string.
  const token = /("(?:\\[^]|[^"\\])*(?:"|\\?$))(:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let end = 0;
  for (const found of text.matchAll(token)) {
    const [word, quoted, colon] = found;
    const isMask = quoted?.includes('••••••') === true;
    const kind = colon !== undefined ? 'name' : isMask ? 'mask' : quoted !== undefined ? 'string' : 'word';
    pre.append(text.slice(end, found.index), element('span', { class: kind }, [word]));
    end = found.index + word.length;
  }
  pre.append(text.slice(end));
  return pre;
}
