// Browser code of the pages is TypeScript like everything else, compiled by the one build. A function's own source is what the browser
// gets, so the functions of this folder import types only and reach each other through the `kit` that they are given.

type Part = (...parts: never[]) => unknown;

/** A classic script that calls `main` with the functions of `kit`. */
export function scriptOf<Kit extends Readonly<Record<string, Part>>>(main: (kit: Kit) => void, kit: Kit): string {
  const parts = Object.entries(kit).map(([name, part]) => `${name}: ${String(part)}`);
  // Bundlers that keep names call a helper of theirs inside functions.
  return `(() => {\n'use strict';\nconst __name = (value) => value;\n(${String(main)})({\n${parts.join(',\n')}\n});\n})();\n`;
}
