const said = new Set<string>();

interface WarningProcess {
  emitWarning?(message: string, options: { type: string; code: string }): void;
}

/**
 * Emits a process warning with a code: Node prints it to stderr and hands it to `process.on('warning')`. A runtime without `process`
 * gets it on the console. Never pass a value of a callback, a secret or
 * another library's message.
 */
export function warn(code: string, message: string): void {
  const { process } = globalThis as { process?: WarningProcess };
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, { type: 'KiipWarning', code });
  // eslint-disable-next-line no-console -- a runtime without `process` has no other output
  else console.warn(`${code}: ${message}`);
}

/** Emits a warning once per `topic` for the life of the process. */
export function warnOnce(code: string, message: string, topic: string = code): void {
  if (said.has(topic)) return;
  said.add(topic);
  warn(code, message);
}
