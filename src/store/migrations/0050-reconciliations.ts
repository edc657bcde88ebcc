// What was found when cities were asked what they hold, and which applications arrived when. Never edited later.

export const version = 50
export const name = 'reconciliations'

// What is sealed: reconciliations.differences (numbers of cases as cities write them).
// Of each city the index grows at its end, where the arrivals of one commit share a page.
export const sql = `
CREATE TABLE reconciliations (
  position INTEGER PRIMARY KEY,
  city TEXT NOT NULL,
  backend TEXT NOT NULL,
  day TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  fault_code TEXT,
  here INTEGER NOT NULL,
  there INTEGER NOT NULL,
  agreed INTEGER NOT NULL,
  differing INTEGER NOT NULL,
  differences BLOB NOT NULL,
  UNIQUE (city, backend, day)
) STRICT;

CREATE INDEX case_events_delivered ON case_events (city, at, position) WHERE event = 'delivered';
`
