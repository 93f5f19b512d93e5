const said = new Set<string>();

interface WarningProcess {
  emitWarning?(message: string, options: { type: string; code: string }): void;
}

/**
 * Emits a process warning with a code: Node prints it to stderr and hands it to `process.on('warning')`. A runtime
 * without process warnings gets it on the console. It never throws. Do not pass a value of a callback, a secret or
 * another library's message.
 */
export function warn(code: string, message: string): void {
  const { process } = globalThis as { process?: WarningProcess };
  try {
    if (typeof process?.emitWarning === 'function') return process.emitWarning(message, { type: 'KiipWarning', code });
  } catch {
    // Next.js Edge has the function, but it throws.
  }
  // eslint-disable-next-line no-console -- there is no other output
  console.warn(`${code}: ${message}`);
}

/** Emits a warning once per `topic` for the life of the process. */
export function warnOnce(code: string, message: string, topic: string = code): void {
  if (said.has(topic)) return;
  said.add(topic);
  warn(code, message);
}
