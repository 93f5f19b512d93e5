import type { SqlDialect } from '../../../src/stores/sql/dialect.js';
import { listStatements, readControl } from '../../../src/stores/sql/statements.js';
import { LIMIT_MS, measure } from '../../worst-input/measure.js';

const controls = (text: string, dialect: SqlDialect = 'postgres'): string[] =>
  listStatements(text, dialect).map((words) => readControl(words, dialect));

test.each<[string, SqlDialect, string[]]>([
  ['', 'postgres', []],
  [' ; ; -- nothing\n /* at all */', 'postgres', []],
  ['SELECT 1; ROLLBACK', 'postgres', ['none', 'rollback']],
  // U+0130 has two characters in lower case.
  ['SELECT 1 AS \u0130;COMMIT', 'postgres', ['none', 'commit']],
  ['--\rROLLBACK', 'postgres', ['rollback']],
  ['/* /* nested */ still */ COMMIT', 'postgres', ['commit']],
  ['/* /* not nested */ COMMIT', 'sqlite', ['commit']],
  [`SELECT '; ROLLBACK', "; COMMIT", $$; END$$, $a$; $b$ ABORT$a$`, 'postgres', ['none']],
  [String.raw`SELECT E'\'; ROLLBACK; --'`, 'postgres', ['none']],
  [String.raw`SELECT E'a''\'; ROLLBACK; --'`, 'postgres', ['none']],
  [String.raw`SELECT '\'; ROLLBACK; --'`, 'postgres', ['none', 'rollback']],
  [String.raw`SELECT '\'; ROLLBACK; -- '`, 'mysql', ['none']],
  ['SELECT a$b$, c; COMMIT --$b$', 'postgres', ['none', 'commit']],
  ['ROLLBACK WORK TO SAVEPOINT a; ROLLBACK TO a', 'postgres', ['rollback_to', 'rollback_to']],
  ["PREPARE TRANSACTION 'x'; PREPARE x AS SELECT 1", 'postgres', ['commit', 'none']],
  ['START TRANSACTION; BEGIN WORK; SAVEPOINT a; RELEASE a', 'mysql', ['begin', 'begin', 'none', 'none']],
  ['/*!50000 ROLLBACK */', 'mysql', ['rollback']],
  ['/*M!100300 COMMIT */', 'mysql', ['commit']],
  ['SELECT 5--1; ROLLBACK', 'mysql', ['none', 'rollback']],
  ['# a comment ; COMMIT\nSELECT `; END`', 'mysql', ['none']],
  ['SELECT [; COMMIT], `; END`; END', 'sqlite', ['none', 'commit']],
  [
    'CREATE TABLE t (id INT); TRUNCATE t; set autocommit=1; SET x = 1, @@autocommit = 1',
    'mysql',
    Array(4).fill('implicit_commit'),
  ],
  ['CREATE TABLE t (id INT); DROP TABLE t; SET autocommit = 1', 'postgres', ['none', 'none', 'none']],
  [
    'CREATE TEMPORARY TABLE t (id INT); CREATE OR REPLACE TEMPORARY TABLE t (id INT); DROP TEMPORARY TABLE t',
    'mysql',
    ['none', 'none', 'none'],
  ],
  [
    'ALTER TABLE `temporary` ADD id INT; UPDATE t SET autocommit = 1; SET @n = 1',
    'mysql',
    ['implicit_commit', 'none', 'none'],
  ],
  ['UPDATE players SET coins = CASE WHEN coins > 1 THEN 2 END', 'postgres', ['none']],
])('%j in %s', (text, dialect, expected) => {
  expect(controls(text, dialect)).toEqual(expected);
});

describe('no text takes long to look through', () => {
  const SIZE = 100_000;
  const fill = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length)).slice(0, SIZE);
  const units = [
    '/**/',
    '/*',
    '*/',
    '--',
    '-- ',
    '--\r',
    "'",
    "''",
    "\\'",
    "E'",
    '"',
    '`',
    '[',
    '$',
    '$$',
    '$a$',
    ';',
    ' ',
    '(',
    'a',
    'rollback ',
    '#',
    '/*!',
    '\u{1f511}',
    '\u00e9',
    '\0',
  ];
  // Dollar tags that are all different, so that none is ever closed.
  const tags = Array.from({ length: 15_000 }, (_, n) => `$t${n}$`)
    .join('')
    .slice(0, SIZE);

  test.each<SqlDialect>(['postgres', 'mysql', 'sqlite'])('%s', async (dialect) => {
    for (const text of [...units.flatMap((unit) => [fill(unit), `BEGIN${fill(unit)}`, `x${fill(unit)}x`]), tags])
      expect(await measure(() => listStatements(text, dialect))).toBeLessThan(LIMIT_MS);
  });

  test('the text that doubled its time with each repetition', () => {
    expect(controls(`${'/**/'.repeat(24)}x`)).toEqual(['none']);
    expect(controls(`${'/**/'.repeat(25_000)}ROLLBACK`)).toEqual(['rollback']);
  });
});
