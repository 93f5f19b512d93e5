-- The game's own table. The ledger creates its own (ledger.migrate()).
CREATE TABLE players (
  id text PRIMARY KEY,
  coins bigint NOT NULL DEFAULT 0
);
