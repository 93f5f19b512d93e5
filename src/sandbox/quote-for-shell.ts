const PLAIN = /^[\w./:@%+,=-]+$/;

/** Quotes a text as one word of a POSIX shell. */
export const quoteForShell = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
