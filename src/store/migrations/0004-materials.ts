// Uploaded files: whose they are, which case has taken them, and what opens them. Never edited later.

export const version = 4
export const name = 'materials'

// What is sealed: materials.key. The bytes are in files of their own, each encrypted under its key.
export const sql = `
CREATE TABLE materials (
  position INTEGER PRIMARY KEY,
  material_id TEXT NOT NULL UNIQUE,
  -- The owner until a case takes it: a hall, or a person. One of the two.
  hall TEXT,
  subject_id INTEGER,
  case_position INTEGER REFERENCES cases (position),
  file TEXT NOT NULL,
  key BLOB NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  digest TEXT NOT NULL,
  uploaded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX materials_case ON materials (case_position) WHERE case_position IS NOT NULL;
CREATE INDEX materials_hall ON materials (hall, uploaded_at) WHERE case_position IS NULL AND hall IS NOT NULL;
CREATE INDEX materials_subject ON materials (subject_id, uploaded_at) WHERE case_position IS NULL AND subject_id IS NOT NULL;
CREATE INDEX materials_waiting ON materials (uploaded_at) WHERE case_position IS NULL;
CREATE INDEX materials_file ON materials (file);
`
