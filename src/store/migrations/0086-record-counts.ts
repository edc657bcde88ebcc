// How many records there are, by hour and by day of China, kind, city, item and outcome. Never edited later.

export const version = 86
export const name = 'record counts'

// A record that names no city, or no item, is counted under an empty text: a key holds no null.
export const sql = `
CREATE TABLE record_hours (
  hour INTEGER NOT NULL,
  kind TEXT NOT NULL,
  city TEXT NOT NULL,
  item TEXT NOT NULL,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (hour, kind, city, item, outcome)
) STRICT, WITHOUT ROWID;
CREATE TABLE record_days (
  day INTEGER NOT NULL,
  kind TEXT NOT NULL,
  city TEXT NOT NULL,
  item TEXT NOT NULL,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (day, kind, city, item, outcome)
) STRICT, WITHOUT ROWID;

-- One row: the records up to this position are in the counts.
CREATE TABLE records_counted (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL
) STRICT;
INSERT INTO records_counted SELECT 1, coalesce(max(position), 0) FROM records;
INSERT INTO record_hours SELECT time / 3600000, kind, coalesce(city, ''), coalesce(item, ''), outcome, count(*)
  FROM records GROUP BY 1, 2, 3, 4, 5;
INSERT INTO record_days SELECT (time / 3600000 + 8) / 24, kind, coalesce(city, ''), coalesce(item, ''), outcome, count(*)
  FROM records GROUP BY 1, 2, 3, 4, 5;
`
