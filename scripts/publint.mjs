// Runs publint in strict mode and ignores one message: it claims that Node ignores `imports` in a nested package.json.
// Node reads them from the nearest package.json (nodejs.org/api/packages.html#imports), and each build has its own
// `#digest` there.
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const { messages, pkg } = await publint({ strict: true });
const own = messages.filter(
  ({ code, args }) => code !== 'NESTED_PACKAGE_JSON_FIELD_IGNORED' || args.field !== 'imports',
);
for (const message of own) console.error(`${message.type}: ${formatMessage(message, pkg)}`);
console.log(`publint: ${own.length} problems`);
process.exitCode = own.length === 0 ? 0 : 1;
