import { readFileSync } from 'node:fs';

const read = (file: string): string => readFileSync(file, 'utf8');

test.each([
  ['docs/webviews.md', 'examples/webviews/react-native.tsx'],
  ['docs/webviews.md', 'examples/webviews/capacitor.ts'],
  ['docs/webviews.md', 'examples/webviews/electron.ts'],
  ['docs/web.md', 'examples/react/use-reward.tsx'],
])('%s shows %s as it is', (page, file) => {
  const blocks = [...read(page).matchAll(/^```(?:tsx|typescript)\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  expect(blocks).toContain(read(file));
});

test.each(['swift', 'csharp'])('docs/webviews.md says that the %s sample was not compiled', (language) => {
  const before = read('docs/webviews.md').split(`\`\`\`${language}\n`)[0]?.split('\n## ').at(-1);
  expect(before).toContain('**Not compiled here:**');
});
