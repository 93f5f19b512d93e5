import type { AddCommand } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import type { LedgerPlace } from '../ledger-place.js';
import type { Output } from '../output.js';
import { printable } from '../terminal.js';

const HELP = `
DATABASE_URL (postgres:) or REDIS_URL names the ledger. It is read with the pg, redis or ioredis package of the project in this folder.`;

export const addLedger: AddCommand = (program, run) => {
  program
    .command('ledger')
    .argument('<transactionId>', 'the transaction_id of a callback: the reward’s id')
    .summary('show what a ledger has processed of one transaction, and when')
    .description(
      'Answers "was it credited?": lists the redemption and the issuances of a transaction that were processed.',
    )
    .option('--table <name>', 'table of the postgresLedger (default: its own)')
    .option('--schema <name>', 'schema of that table (default: found by the search_path)')
    .option('--prefix <text>', 'prefix of the redisLedger (default: its own)')
    .addHelpText('after', HELP)
    .action((transactionId: string, flags: LedgerPlace) => run((out) => runLedger(out, transactionId, flags)));
};

async function runLedger(out: Output, transactionId: string, place: LedgerPlace): Promise<ExitCode> {
  const { openLedger } = await import('../ledger-place.js');
  const opened = await openLedger(place);
  try {
    const entries = await opened.ledger.find(transactionId);
    const ok = entries.length > 0;
    out.data({ ok, ledger: opened.kind, transactionId, entries });
    for (const { type, nonce, at } of entries)
      out.line(`${at.toISOString()}  ${type}${nonce === undefined ? '' : `  nonce ${printable(nonce)}`}`);
    if (!ok)
      out.line(`${out.paint.yellow('not processed')}: the callback failed, is still being handled or never came`);
    return ok ? 0 : 1;
  } finally {
    await opened.close();
  }
}
