// What operators decide about deliveries, and what is known of one that is stuck. Never edited later.

export const version = 21
export const name = 'operators and deliveries'

// What is sealed: delivery_acts.words (who decided, and why in own words) and delivery_acts.answer.
export const sql = `
-- Of a stuck one: 0 = proven not to have arrived. Null counts as 1.
ALTER TABLE deliveries ADD COLUMN may_have_arrived INTEGER;
-- Since when the courier tries it; null = since it was begun. An operator who has it tried again begins anew.
ALTER TABLE deliveries ADD COLUMN tried_since INTEGER;
CREATE INDEX deliveries_stuck ON deliveries (case_position, ordinal) WHERE state = 'stuck';

CREATE TABLE delivery_acts (
  position INTEGER PRIMARY KEY,
  case_position INTEGER NOT NULL REFERENCES cases (position),
  ordinal INTEGER NOT NULL,
  act TEXT NOT NULL,
  at INTEGER NOT NULL,
  words BLOB NOT NULL,
  -- Of the idempotency key that it came with.
  scope TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL,
  kept_until INTEGER NOT NULL,
  answer BLOB
) STRICT;
CREATE INDEX delivery_acts_case ON delivery_acts (case_position);
`
