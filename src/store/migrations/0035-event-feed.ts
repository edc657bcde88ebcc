// The place of each event among those of all cases, so that whoever follows them can go on from it. Never edited later.

export const version = 35
export const name = 'event feed'

// Both indexes grow at their ends, where a commit shares one page. An event's position is higher than those of all commits before
// its own; numbers may be left out. Of events from before this there is only the order within each case.
export const sql = `
ALTER TABLE case_events ADD COLUMN position INTEGER;
UPDATE case_events SET position = numbered.position
FROM (
  SELECT case_position, ordinal, row_number() OVER (ORDER BY case_position, ordinal) AS position FROM case_events
) AS numbered
WHERE case_events.case_position = numbered.case_position AND case_events.ordinal = numbered.ordinal;
CREATE UNIQUE INDEX case_events_feed ON case_events (position);

CREATE INDEX case_parties_case ON case_parties (case_position);
`
