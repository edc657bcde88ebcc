// The audit log's shards and the tree over their records. Never edited later.

export const version = 20
export const name = 'audit log'

// The log's leaves and their hashes are the records themselves: entry n of a shard stands at its first position plus n.
// Only what a record does not say is kept here: the hashes of tiles above the lowest (one for each 256 records), and what was
// signed. Nodes are added and never changed.
export const sql = `
CREATE TABLE log_keys (
  key_id INTEGER PRIMARY KEY,
  public_key BLOB NOT NULL,
  since INTEGER NOT NULL,
  succession TEXT
) STRICT;

CREATE TABLE log_shards (
  year INTEGER PRIMARY KEY,
  first_position INTEGER NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  checkpoint TEXT NOT NULL,
  witnessed TEXT
) STRICT;

CREATE TABLE log_nodes (
  year INTEGER NOT NULL REFERENCES log_shards (year),
  level INTEGER NOT NULL,
  node INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (year, level, node)
) STRICT, WITHOUT ROWID;
`
