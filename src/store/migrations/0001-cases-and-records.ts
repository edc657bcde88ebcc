// The first tables: keys, subjects, cases with their deliveries and events, and the audit records. Never edited later.

export const version = 1
export const name = 'cases and records'

// What is sealed: store_keys.canary, case_bodies.body, deliveries.reasons, kept_answers.answer, disclosures.salts.
// Every index on a table with an integer key ends in that key, so that pages go on from a position without sorting.
// An index over random values costs a page of the log for each insert (10 us of processor time and more), one that grows
// at its end nearly nothing: so cases and subjects are random by their names only, and go by their numbers elsewhere.
export const sql = `
CREATE TABLE store_keys (
  purpose TEXT NOT NULL,
  key_id INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  canary BLOB,
  PRIMARY KEY (purpose, key_id)
) STRICT, WITHOUT ROWID;

-- One row that check() rewrites: a durable write that changes nothing else.
CREATE TABLE heartbeat (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  beaten_at INTEGER NOT NULL
) STRICT;
INSERT INTO heartbeat VALUES (1, 0);

-- The only way from a person to the references in immutable leaves. Deleting a row breaks it for good.
CREATE TABLE subjects (
  subject_id INTEGER PRIMARY KEY,
  subject_key TEXT NOT NULL UNIQUE,
  subject_ref TEXT NOT NULL
) STRICT;

CREATE TABLE cases (
  position INTEGER PRIMARY KEY,
  case_no TEXT NOT NULL UNIQUE,
  item TEXT NOT NULL,
  handling_mode TEXT NOT NULL,
  collecting_city TEXT,
  competent_city TEXT NOT NULL,
  hall TEXT,
  state TEXT NOT NULL,
  filed_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  applicant_ref TEXT NOT NULL,
  schema_digest TEXT NOT NULL,
  config_version TEXT NOT NULL,
  -- Of the idempotency key that the case was filed with.
  scope TEXT UNIQUE,
  fingerprint TEXT,
  answer_due_at INTEGER,
  kept_until INTEGER
) STRICT;
CREATE INDEX cases_hall ON cases (hall) WHERE hall IS NOT NULL;

-- Apart from cases: a case's row changes with its state, and would drag its large body through the log each time.
CREATE TABLE case_bodies (
  case_position INTEGER PRIMARY KEY REFERENCES cases (position),
  body BLOB NOT NULL
) STRICT;

CREATE TABLE kept_answers (
  case_position INTEGER PRIMARY KEY REFERENCES cases (position),
  answer BLOB NOT NULL
) STRICT;

CREATE TABLE case_parties (
  subject_id INTEGER NOT NULL,
  case_position INTEGER NOT NULL REFERENCES cases (position),
  PRIMARY KEY (subject_id, case_position)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  case_position INTEGER NOT NULL REFERENCES cases (position),
  ordinal INTEGER NOT NULL,
  leg TEXT NOT NULL,
  city TEXT NOT NULL,
  route_rule TEXT NOT NULL,
  state TEXT NOT NULL,
  begun_at INTEGER,
  -- When the courier may take it up: nextAt while nobody is at it, else the end of the lease. Null = not to be taken up.
  due_at INTEGER,
  lease TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_known INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER,
  related_case_no TEXT,
  backend_case_no TEXT,
  city_status TEXT,
  reasons BLOB,
  fault_code TEXT,
  PRIMARY KEY (case_position, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_city ON deliveries (city, case_position);
-- Those not at rest, which are few: the courier's queue and the backlog. A stuck one has no due_at.
CREATE INDEX deliveries_open ON deliveries (city, due_at, case_position)
  WHERE state IN ('sending', 'stored', 'unconfirmed', 'stuck');

CREATE TABLE case_events (
  case_position INTEGER NOT NULL REFERENCES cases (position),
  ordinal INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  leg TEXT NOT NULL,
  city TEXT NOT NULL,
  PRIMARY KEY (case_position, ordinal)
) STRICT, WITHOUT ROWID;

-- How far the sequences of other nodes had come that wrote here before; of the newest record's node, its leaf says so.
CREATE TABLE nodes (
  node TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  actor TEXT,
  item TEXT,
  city TEXT,
  -- Of the case that the record names; where there is no such case, the name itself in strange_case_no.
  case_position INTEGER,
  strange_case_no TEXT,
  request_id TEXT,
  outcome TEXT NOT NULL,
  leaf TEXT NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
CREATE INDEX records_case ON records (case_position) WHERE case_position IS NOT NULL;
CREATE INDEX records_strange_case_no ON records (strange_case_no) WHERE strange_case_no IS NOT NULL;
CREATE INDEX records_request_id ON records (request_id) WHERE request_id IS NOT NULL;

-- Which blocks of positions hold records of a value that many share (city=fushun), and records of a minute. One row for a
-- block and value instead of an index entry for each record: an entry would cost a page of the log in every commit.
-- Records come nearly in order of time, but not quite, and a clock may be set back: the blocks stay right all the same.
CREATE TABLE record_terms (
  term TEXT NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (term, block)
) STRICT, WITHOUT ROWID;
CREATE TABLE record_minutes (
  minute INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (minute, block)
) STRICT, WITHOUT ROWID;

-- The salts of one commit's records, from this position on to that of the next row.
CREATE TABLE disclosures (
  first_position INTEGER PRIMARY KEY,
  salts BLOB NOT NULL
) STRICT;
`
