// Keeps what operators have decided about lines, and reads it again at a start.

import type { RecordDraft } from '../domain/audit.ts'
import type { LineHold } from '../domain/line.ts'
import { holdPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { RecordWriter } from './write-records.ts'

export function openHoldWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
}): (line: string, hold: LineHold | null, record: RecordDraft) => void {
  const { database, sealer, records } = options
  const keep = database.prepare(
    'INSERT INTO line_holds (line, hold) VALUES (?, ?) ON CONFLICT (line) DO UPDATE SET hold = excluded.hold',
  )
  const lift = database.prepare('DELETE FROM line_holds WHERE line = ?')
  return (line, hold, record) => {
    if (hold === null) lift.run(line)
    else keep.run(line, sealer.seal(holdPlace(line), JSON.stringify(hold)))
    records.append(record)
  }
}

export function openHoldReader(database: Sql, sealer: Sealer): () => ReadonlyMap<string, LineHold> {
  const all = database.prepare('SELECT line, hold FROM line_holds')
  return () =>
    new Map(
      (all.all() as unknown as readonly { readonly line: string; readonly hold: Uint8Array }[]).map(
        ({ line, hold }) => [line, JSON.parse(sealer.open(holdPlace(line), hold)) as LineHold],
      ),
    )
}
