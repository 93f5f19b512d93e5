import { startSandbox } from 'kiip-s2s/sandbox';

// A sandbox in a process of its own, which the test kills. Its options come as JSON.
void startSandbox(JSON.parse(process.argv[2] ?? '{}') as object).then(({ url }) => process.stdout.write(`${url}\n`));
