#!/usr/bin/env node
import { runCommandLine } from './program.js';

// Do not call process.exit(): output to a pipe must arrive first.
void runCommandLine(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
