import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/** A piece of TypeScript from a page or a doc comment. */
export interface Snippet {
  /** Where it stands, as a failing test names it: `README.md 3`. */
  readonly place: string;
  readonly extension: string;
  readonly code: string;
}

/**
 * Compiles each snippet as a module of its own, with the compiler options of this repository, and lists what is wrong. Subpaths
 * (`kiip-s2s/redis`) lead to the sources.
 */
export function findProblems(snippets: readonly Snippet[]): string[] {
  // Inside the repository, so that packages resolve.
  const folder = mkdtempSync(join(resolve('.'), 'temp-snippets-'));
  try {
    const places = new Map(
      snippets.map(({ place, extension, code }, index) => {
        const file = join(folder, `${index}.${extension}`);
        writeFileSync(file, `${code}\nexport {};\n`);
        return [file, place];
      }),
    );
    // The web-view samples import packages that are declared there instead of installed.
    const program = ts.createProgram([...places.keys(), resolve('examples/webviews/declarations.d.ts')], {
      ...readCompilerOptions(),
      noEmit: true,
      types: ['node'],
    });
    return [...places].flatMap(([file, place]) => {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map((problem) => `${place}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiler options of this repository. */
export function readCompilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, resolve('.')).options;
}
