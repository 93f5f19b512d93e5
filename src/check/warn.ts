const said = new Set<string>();

interface WarningProcess {
  emitWarning?(message: string, options: { type: string; code: string }): void;
}

/**
 * Says something to whoever runs the process: a warning with a code, which Node prints to stderr and hands to
 * `process.on('warning')`. A runtime without `process` gets it on the console. Never pass a value of a callback, a secret or
 * another library's message.
 */
export function warn(code: string, message: string): void {
  const { process } = globalThis as { process?: WarningProcess };
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, { type: 'KiipWarning', code });
  // eslint-disable-next-line no-console -- the only voice of a runtime without `process`
  else console.warn(`${code}: ${message}`);
}

/** The same, once for each `topic` in the life of the process. */
export function warnOnce(code: string, message: string, topic: string = code): void {
  if (said.has(topic)) return;
  said.add(topic);
  warn(code, message);
}
