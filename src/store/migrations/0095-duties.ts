// Which gateway does the background work for all that share the store, and what it has found. Never edited later.

export const version = 95
export const name = 'duties'

export const sql = `
CREATE TABLE duties (
  duty TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term INTEGER NOT NULL
) STRICT;

CREATE TABLE found (
  what TEXT PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;
`
