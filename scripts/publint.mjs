// publint, strict, but for one message: it holds that Node ignores `imports` in a nested package.json. Node looks them up in the nearest one
// (nodejs.org/api/packages.html#imports), which is how each build has its own `#digest`.
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const { messages, pkg } = await publint({ strict: true });
const own = messages.filter(
  ({ code, args }) => code !== 'NESTED_PACKAGE_JSON_FIELD_IGNORED' || args.field !== 'imports',
);
for (const message of own) console.error(`${message.type}: ${formatMessage(message, pkg)}`);
console.log(`publint: ${own.length} problems`);
process.exitCode = own.length === 0 ? 0 : 1;
