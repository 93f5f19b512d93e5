#!/usr/bin/env node
import { runCommandLine } from './program.js';

// Not process.exit(): what was printed into a pipe has to arrive first.
void runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
