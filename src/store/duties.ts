// Keeps which gateway does the background work of all, within the writer's transaction, and what it has found.

import { NOBODY, type DutyStanding } from '../domain/duty.ts'
import type { Sql } from './sql.ts'

export interface DutyWriter {
  hold(duty: string, holder: string, seen: number | null): DutyStanding
  leave(duty: string, holder: string): void
  keep(what: string, content: string): void
}

export function openDutyWriter(database: Sql): DutyWriter {
  const begin = database.prepare(
    'INSERT INTO duties (duty, holder, term) VALUES (?, ?, 0) ON CONFLICT (duty) DO NOTHING',
  )
  const hold = database.prepare(
    'UPDATE duties SET holder = ?1, term = term + 1 WHERE duty = ?2 AND (holder IN (?1, ?3) OR term = ?4)',
  )
  const standing = database.prepare('SELECT holder, term FROM duties WHERE duty = ?')
  const leave = database.prepare('UPDATE duties SET holder = ?, term = term + 1 WHERE duty = ? AND holder = ?')
  const keep = database.prepare(
    'INSERT INTO found (what, content) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET content = excluded.content',
  )
  return {
    hold(duty, holder, seen) {
      begin.run(duty, NOBODY)
      hold.run(holder, duty, NOBODY, seen ?? NEVER)
      return { ...standing.get(duty) } as unknown as DutyStanding
    },
    leave(duty, holder) {
      leave.run(NOBODY, duty, holder)
    },
    keep(what, content) {
      keep.run(what, content)
    },
  }
}

/** Terms begin at 0. */
const NEVER = -1

export function openFoundReader(database: Sql): (what: string) => string | null {
  const content = database.prepare('SELECT content FROM found WHERE what = ?')
  return (what) => (content.get(what)?.['content'] ?? null) as string | null
}
