// Between which minutes the records of each block lie, in place of a row for each minute. Never edited later.

export const version = 89
export const name = 'record block minutes'

// Takes a table away: no gateway of before may run meanwhile. One row for a block, so that a search by time skips the blocks that hold nothing of it, however a clock was set.
export const sql = `
CREATE TABLE record_block_minutes (
  block INTEGER NOT NULL,
  first_minute INTEGER NOT NULL,
  last_minute INTEGER NOT NULL,
  PRIMARY KEY (block)
) STRICT, WITHOUT ROWID;
INSERT INTO record_block_minutes SELECT block, min(minute), max(minute) FROM record_minutes GROUP BY block;
DROP TABLE record_minutes;
`
