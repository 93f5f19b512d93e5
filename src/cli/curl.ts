/** Stands for the app key in what is printed, and means it to a shell. */
export const KEY_REFERENCE = '$KIIP_APP_KEY';

/** Fails with a message, before curl runs, when the variable is not set. */
const KEY_EXPANSION = '${KIIP_APP_KEY:?set it to your app key first}';

const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What a shell would read as more than itself in a here-document. */
const inHereDocument = (text: string): string => text.replace(/[\\$`]/g, '\\$&');

/**
 * A command that sends the payload from any POSIX shell. The body comes from a here-document: there the shell fills in the app key, which
 * is then neither in the command as printed nor in the list of processes, as it would be in an argument.
 *
 * @param payload - with {@link KEY_REFERENCE} as its app key.
 */
export function curlCommand(url: string, payload: object): string {
  // Once only: inside a value of the payload the quotes would be escaped.
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
