// The scripts that the sandbox serves to browsers, bundled from src/sandbox/pages/browser. The sources read them from constants that
// nobody declares at run time: the build, the tests and whoever else bundles the sources puts the texts in their place.
const { buildSync } = require('esbuild');

const FOLDER = 'src/sandbox/pages/browser';

/** What each script runs: a function of a module, called once. */
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
    // Kaminari's script runs on the game's own pages, so it has to load in browsers that are some years old.
    target: 'es2019',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

/** The texts by the name of their constant. */
const bundleBrowserScripts = () =>
  Object.fromEntries(Object.entries(ENTRIES).map(([name, entry]) => [name, bundle(entry)]));

/** The same as esbuild's `define` wants them. */
const defineBrowserScripts = () =>
  Object.fromEntries(Object.entries(bundleBrowserScripts()).map(([name, text]) => [name, JSON.stringify(text)]));

module.exports = { bundleBrowserScripts, defineBrowserScripts };
