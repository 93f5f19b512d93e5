import { element as createElement } from '../../../dom/element.js';

/** Creates an element of this page. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  ...rest: [attributes?: Readonly<Record<string, string>>, children?: readonly (Node | string)[]]
): HTMLElementTagNameMap[K] => createElement(document, tag, ...rest);
