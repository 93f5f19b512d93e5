import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Output } from './output.js';

/** Adds a command to the program. A command loads its modules when it runs, so that `--help` is quick. */
export type AddCommand = (program: Command, run: RunCommand) => void;

/** Runs a command's work and keeps its exit code. */
export type RunCommand = (work: (out: Output) => ExitCode | Promise<ExitCode>) => Promise<void>;
