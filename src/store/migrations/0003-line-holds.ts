// What operators have decided about lines. Never edited later.

export const version = 3
export const name = 'line holds'

// What is sealed: line_holds.hold (an operator's own words).
export const sql = `
CREATE TABLE line_holds (
  line TEXT PRIMARY KEY,
  hold BLOB NOT NULL
) STRICT, WITHOUT ROWID;
`
