// How far each leg has come, who made what happen, messages after the application, and what people do with a case. Never edited later.

export const version = 10
export const name = 'case states'

// What is sealed: case_acts.words (a corrected body, a reason, a rating: they may hold personal data) and case_acts.answer.
// A row of deliveries is one message to a city: message_no 0 is the application of a leg, 1, 2 … what comes after it, in order.
export const sql = `
ALTER TABLE deliveries ADD COLUMN leg_state TEXT NOT NULL DEFAULT 'collected';
ALTER TABLE deliveries ADD COLUMN message_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN kind TEXT NOT NULL DEFAULT 'application';
-- Of the act that it carries, or whose body it carries; null = the body as it was filed.
ALTER TABLE deliveries ADD COLUMN act INTEGER;
UPDATE deliveries SET leg_state = coalesce(
  (SELECT n.state FROM case_news n
   WHERE n.case_position = deliveries.case_position AND n.leg = deliveries.leg AND n.state IS NOT NULL
   ORDER BY n.news_order DESC LIMIT 1),
  CASE state WHEN 'delivered' THEN 'pre-accepted' WHEN 'refused' THEN 'refused' ELSE 'collected' END);

ALTER TABLE case_events ADD COLUMN role TEXT NOT NULL DEFAULT 'gateway';
ALTER TABLE case_events ADD COLUMN hall TEXT;
ALTER TABLE case_events ADD COLUMN state TEXT;
ALTER TABLE case_events ADD COLUMN document TEXT;
UPDATE case_events SET
  hall = (SELECT c.hall FROM cases c WHERE c.position = case_events.case_position),
  role = (SELECT iif(c.hall IS NULL, 'resident', 'clerk') FROM cases c WHERE c.position = case_events.case_position),
  state = 'collected', document = 'receipt'
WHERE event = 'filed';

ALTER TABLE case_news ADD COLUMN kept TEXT NOT NULL DEFAULT 'new';

CREATE TABLE case_acts (
  position INTEGER PRIMARY KEY,
  case_position INTEGER NOT NULL REFERENCES cases (position),
  kind TEXT NOT NULL,
  leg TEXT,
  at INTEGER NOT NULL,
  role TEXT NOT NULL,
  hall TEXT,
  -- 1, 2, 3 … within the leg.
  correction_no INTEGER,
  schema_digest TEXT,
  config_version TEXT NOT NULL,
  words BLOB NOT NULL,
  -- Of the idempotency key that it came with.
  scope TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL,
  answer_due_at INTEGER NOT NULL,
  kept_until INTEGER NOT NULL,
  answer BLOB
) STRICT;
CREATE INDEX case_acts_case ON case_acts (case_position);
`
