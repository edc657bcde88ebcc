// More of a record by which auditors search: hall, collecting city, whose fault, and the person concerned. Never edited later.

export const version = 85
export const name = 'audit search'

// A record of a case is found by the parties of the case; only one without a case names its person here, by number: the numbers
// of people who are new grow at the end of the index.
export const sql = `
ALTER TABLE records ADD COLUMN hall TEXT;
ALTER TABLE records ADD COLUMN collecting_city TEXT;
ALTER TABLE records ADD COLUMN source TEXT;
ALTER TABLE records ADD COLUMN fault_code TEXT;
ALTER TABLE records ADD COLUMN subject_id INTEGER;
CREATE INDEX subjects_by_reference ON subjects (subject_ref);
UPDATE records SET
  hall = json_extract(leaf, '$.actor.city') || '/' || json_extract(leaf, '$.actor.hall'),
  collecting_city = json_extract(leaf, '$.collectingCity'),
  source = json_extract(leaf, '$.source'),
  fault_code = json_extract(leaf, '$.faultCode'),
  subject_id = CASE WHEN case_position IS NULL THEN (
    SELECT subject_id FROM subjects
    WHERE subject_ref = coalesce(json_extract(leaf, '$.subjectRef'), json_extract(leaf, '$.actor.subjectRef'))
  ) END;
DROP INDEX subjects_by_reference;
CREATE INDEX records_subject ON records (subject_id) WHERE subject_id IS NOT NULL;
INSERT OR IGNORE INTO record_terms SELECT DISTINCT 'hall=' || hall, position / 128 FROM records WHERE hall IS NOT NULL;
INSERT OR IGNORE INTO record_terms
  SELECT DISTINCT 'collecting_city=' || collecting_city, position / 128 FROM records WHERE collecting_city IS NOT NULL;
INSERT OR IGNORE INTO record_terms SELECT DISTINCT 'source=' || source, position / 128 FROM records WHERE source IS NOT NULL;
INSERT OR IGNORE INTO record_terms
  SELECT DISTINCT 'fault_code=' || fault_code, position / 128 FROM records WHERE fault_code IS NOT NULL;
`
