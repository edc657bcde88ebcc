// Whom records are about, values behind salted digests under a key of each person, and how far those have been cleared away. Never edited later.

export const version = 87
export const name = 'disclosed values'

// What is sealed: subject_keys.key under the store's key, disclosed_values.content under that of its subject. Deleting a person's
// key makes all of it unreadable, whatever copy of the file it lies in. Subject 0 is nobody: of records that are about no person.
export const sql = `
-- Whom a record without a case is about. Apart from the records: an erasure deletes here, and changes no record.
CREATE TABLE record_subjects (
  position INTEGER PRIMARY KEY,
  subject_id INTEGER NOT NULL
) STRICT;
INSERT INTO record_subjects SELECT position, subject_id FROM records WHERE subject_id IS NOT NULL;
CREATE INDEX record_subjects_subject ON record_subjects (subject_id);
DROP INDEX records_subject;
ALTER TABLE records DROP COLUMN subject_id;

CREATE TABLE subject_keys (
  subject_id INTEGER PRIMARY KEY,
  key BLOB NOT NULL
) STRICT;

CREATE TABLE disclosed_values (
  position INTEGER PRIMARY KEY,
  subject_id INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX disclosed_values_subject ON disclosed_values (subject_id);

-- Up to which position the disclosures of each class are gone.
CREATE TABLE retention_marks (
  class TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO retention_marks VALUES ('access', 0), ('hand-over', 0);
`
