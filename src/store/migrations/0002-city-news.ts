// What cities tell of cases by themselves, and how far each of them has been asked. Never edited later.

export const version = 2
export const name = 'city news'

// What is sealed: case_news.words (remark, reasons and results, which may hold personal data).
export const sql = `
ALTER TABLE deliveries ADD COLUMN news_order INTEGER;

CREATE TABLE case_news (
  city TEXT NOT NULL,
  event_id TEXT NOT NULL,
  case_position INTEGER NOT NULL REFERENCES cases (position),
  leg TEXT NOT NULL,
  news_order INTEGER NOT NULL,
  at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  city_status TEXT NOT NULL,
  state TEXT,
  words BLOB NOT NULL,
  PRIMARY KEY (city, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_news_case ON case_news (case_position, at);

CREATE TABLE news_cursors (
  source TEXT PRIMARY KEY,
  cursor TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
