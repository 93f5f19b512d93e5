/**
 * The package's only way to say something to whoever runs the process: a warning with a code, which Node prints to stderr and hands to
 * `process.on('warning')`. Never holds a value of a callback, a secret or another's error message.
 */
export function warn(code: string, message: string): void {
  // Not all of the runtimes that the fetch adapter is for have it, and no answer may depend on it.
  if (typeof process.emitWarning === 'function') process.emitWarning(message, { type: 'KiipWarning', code });
}
