// Forms that somebody has begun to fill in. Never edited later.

export const version = 30
export const name = 'drafts'

// What is sealed: drafts.content.
export const sql = `
CREATE TABLE drafts (
  position INTEGER PRIMARY KEY,
  draft_id TEXT NOT NULL,
  -- The owner: a hall, or a person. One of the two.
  hall TEXT,
  subject_id INTEGER,
  item TEXT NOT NULL,
  version TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT,
  content BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX drafts_hall_id ON drafts (hall, draft_id) WHERE hall IS NOT NULL;
CREATE UNIQUE INDEX drafts_subject_id ON drafts (subject_id, draft_id) WHERE subject_id IS NOT NULL;
CREATE INDEX drafts_hall ON drafts (hall) WHERE hall IS NOT NULL;
CREATE INDEX drafts_subject ON drafts (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX drafts_saved ON drafts (saved_at);
`
