// What registered programs are still to be told. Never edited later.

export const version = 36
export const name = 'webhooks'

// A message that was taken is deleted: what is here is under way or given up. All it says is in the event that it names.
export const sql = `
CREATE TABLE webhook_endpoints (
  endpoint TEXT PRIMARY KEY,
  -- Events up to here have had their messages made.
  cursor INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_messages (
  position INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL REFERENCES webhook_endpoints (endpoint),
  case_position INTEGER NOT NULL REFERENCES cases (position),
  event_position INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Null = given up.
  due_at INTEGER,
  dead_at INTEGER,
  why TEXT,
  UNIQUE (endpoint, event_position)
) STRICT;
CREATE INDEX webhook_messages_due ON webhook_messages (endpoint, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_messages_case ON webhook_messages (endpoint, case_position) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_messages_dead ON webhook_messages (endpoint, dead_at) WHERE due_at IS NULL;
`
