import { LedgerError } from '../ledger-error.js';

type Row = Readonly<Record<string, unknown>>;

/** A statement's result in one shape, whichever library it came from. */
export interface ReadResult {
  readonly rows: readonly Row[];
  /** `null` when the library does not report it. */
  readonly rowCount: number | null;
}

const readCount = (value: object): number | null => {
  const { rowCount, affectedRows, numAffectedRows, changes } = value as Readonly<Record<string, unknown>>;
  const count = rowCount ?? affectedRows ?? numAffectedRows ?? changes;
  return typeof count === 'number' || typeof count === 'bigint' ? Number(count) : null;
};

const isHeader = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && 'affectedRows' in value && !Array.isArray(value);

/**
 * Reads the result of `query`: `{ rows, rowCount }`, an array of rows, or a driver's header for a statement without rows. Accepts mysql2's
 * pair of result and columns, because libraries built on it pass that through.
 *
 * @throws LedgerError for anything else.
 */
export function readResult(answer: unknown): ReadResult {
  if (Array.isArray(answer)) {
    const [first] = answer as unknown[];
    if (Array.isArray(first) || isHeader(first)) return readResult(first);
    return { rows: answer as Row[], rowCount: readCount(answer) };
  }
  const { rows } = Object(answer) as { rows?: unknown };
  if (Array.isArray(rows)) return { rows: rows as Row[], rowCount: readCount(answer as object) };
  const rowCount = readCount(Object(answer) as object);
  if (rowCount !== null) return { rows: [], rowCount };
  throw new LedgerError(
    'store_answer',
    'The query of sqlLedger must resolve with { rows, rowCount }, an array of rows, or { affectedRows }.',
  );
}

/**
 * Reads how many rows an INSERT wrote.
 *
 * @throws LedgerError when the result has no count, because the ledger could not tell a claim from a refusal.
 */
export function readWritten({ rowCount }: ReadResult): number {
  if (rowCount !== null) return rowCount;
  throw new LedgerError(
    'store_answer',
    'The query of sqlLedger must resolve with rowCount or affectedRows for an INSERT of the mysql dialect.',
  );
}

/** Reads a number from a row. Drivers may return it as text or as a bigint. */
export const readNumber = (row: Row | undefined, column: string): number => Number(readColumn(row, column));

/** Reads a text from a row. Drivers return bytes if the column is binary. */
export function readText(row: Row | undefined, column: string): string {
  const value = readColumn(row, column);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/**
 * @throws LedgerError when the row lacks the column, because the ledger could not tell its claim from another worker's.
 */
function readColumn(row: Row | undefined, column: string): unknown {
  const value = row?.[column];
  if (value !== undefined) return value;
  throw new LedgerError(
    'store_answer',
    'The query of sqlLedger must resolve with rows that are objects whose keys are the columns as the statement names them.',
  );
}
