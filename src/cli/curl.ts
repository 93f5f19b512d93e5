/** Stands for the app key in printed commands. The shell fills it in. */
export const KEY_REFERENCE = '$KIIP_APP_KEY';

/** Makes the shell stop with a message, before curl runs, when the variable is not set. */
const KEY_EXPANSION = '${KIIP_APP_KEY:?set it to your app key first}';

const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Escapes the characters that a shell interprets in a here-document. */
const inHereDocument = (text: string): string => text.replace(/[\\$`]/g, '\\$&');

/**
 * Builds a command that sends the payload from any POSIX shell. The body is a here-document in which the shell fills in
 * the app key, so the key appears neither in the printed command nor in the list of processes.
 *
 * @param payload - with {@link KEY_REFERENCE} as its app key.
 */
export function curlCommand(url: string, payload: object): string {
  // The text occurs only once, because a quote inside a value is escaped.
  const [before = '', after = ''] = JSON.stringify(payload, null, 2).split(`"app_key": "${KEY_REFERENCE}"`);
  const body = `${inHereDocument(before)}"app_key": "${KEY_EXPANSION}"${inHereDocument(after)}`;
  return [
    `curl -sS -X POST ${singleQuoted(url)} \\`,
    "  -H 'Accept: application/json' -H 'Content-Type: application/json' \\",
    '  --data-binary @- <<END_OF_PAYLOAD',
    body,
    'END_OF_PAYLOAD',
  ].join('\n');
}
