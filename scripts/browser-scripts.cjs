// Bundles the scripts that the sandbox serves to browsers, from src/sandbox/pages/browser. The sources read their texts
// from constants that are not declared at run time: the build, the tests and anyone else who bundles the sources
// replaces the constants with the texts.
const { buildSync } = require('esbuild');

const FOLDER = 'src/sandbox/pages/browser';

/** The function that each script calls once, and its module. */
const ENTRIES = {
  INSPECTOR_BUNDLE: ['inspector', 'startInspector'],
  REWARD_BUNDLE: ['reward', 'rewardPage'],
  COLLECTOR_BUNDLE: ['collector', 'collect'],
};

function bundle([module, start]) {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { ${start} } from './${module}.js'; ${start}();`,
      resolveDir: FOLDER,
      loader: 'ts',
      sourcefile: `${module}-entry.ts`,
    },
    bundle: true,
    write: false,
    format: 'iife',
    // Kaminari's script runs on the game's own pages, so it must load in browsers that are some years old.
    target: 'es2019',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

/** Returns the texts by the name of their constant. */
const bundleBrowserScripts = () =>
  Object.fromEntries(Object.entries(ENTRIES).map(([name, entry]) => [name, bundle(entry)]));

/** Returns the same for esbuild's `define`. */
const defineBrowserScripts = () =>
  Object.fromEntries(Object.entries(bundleBrowserScripts()).map(([name, text]) => [name, JSON.stringify(text)]));

module.exports = { bundleBrowserScripts, defineBrowserScripts };
