-- The game's own table. The ledger makes its table itself (ledger.migrate()).
CREATE TABLE players (
  id text PRIMARY KEY,
  coins bigint NOT NULL DEFAULT 0
);
