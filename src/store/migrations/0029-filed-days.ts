// On which days the cases at which positions were filed. Never edited later.

export const version = 29
export const name = 'filed days'

// Cases come nearly in order of time, but not quite, and a clock may be set back: a row for each day and block of positions stays
// right all the same, and costs an insert nothing but a look once the day's block is there.
export const sql = `
CREATE TABLE filed_days (
  day INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (day, block)
) STRICT, WITHOUT ROWID;
INSERT INTO filed_days SELECT DISTINCT filed_at / 86400000, position / 256 FROM cases;
`
