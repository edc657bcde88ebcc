// Clears away disclosures whose time is over, step by step, within the writer's transaction. A leaf stays for ever.

import type { RecordDraft } from '../domain/audit.ts'
import type { Retained, RetentionBounds } from '../domain/disclosure.ts'
import { BLOCK_RECORDS } from './record-blocks.ts'
import { openRecordTimes } from './record-times.ts'
import { openSaltRemover } from './salts.ts'
import type { Sealer } from './sealed.ts'
import type { DisclosedValues } from './disclosed-values.ts'
import type { RecordWriter } from './write-records.ts'
import type { Sql } from './sql.ts'

/** Rows of salts that a step opens, some 10 us each; and as many values. */
const STEP_ROWS = 500

type Class = 'access' | 'hand-over'

export interface RetainerOptions {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly disclosed: DisclosedValues
}

/**
 * access: records without a case. hand-over: those of cases, and whatever else is left from before that time. Records are taken for as
 * old as the newest of their block, so that none goes too early. The record is written if anything was removed.
 */
export function openRetainer(options: RetainerOptions): (bounds: RetentionBounds, record: RecordDraft) => Retained {
  const { database, sealer, records, disclosed } = options
  const times = openRecordTimes(database)
  const newest = database.prepare('SELECT max(position) AS position FROM records')
  const mark = database.prepare('SELECT position FROM retention_marks WHERE class = ?')
  const move = database.prepare('UPDATE retention_marks SET position = ? WHERE class = ?')
  const caseOf = database.prepare('SELECT case_position, strange_case_no FROM records WHERE position = ?')
  const values = database.prepare(
    'SELECT position, subject_id FROM disclosed_values WHERE position > ? AND position < ? ORDER BY position LIMIT ? + 0',
  )
  const drop = database.prepare('DELETE FROM disclosed_values WHERE position = ?')
  const dropKey = database.prepare(`
    DELETE FROM subject_keys WHERE subject_id = ?
    AND NOT EXISTS (SELECT 1 FROM disclosed_values WHERE disclosed_values.subject_id = subject_keys.subject_id)`)
  const salts = openSaltRemover(database, sealer)

  /** The first position that may hold a record from this time or later. */
  function firstFrom(time: number): number {
    const block = times.firstFrom(time)
    if (block !== null) return block * BLOCK_RECORDS
    return Number(newest.get()?.['position'] ?? 0) + 1
  }

  function isOfCase(position: number): boolean {
    const row = caseOf.get(position)
    return row !== undefined && (row['case_position'] !== null || row['strange_case_no'] !== null)
  }

  function step(of: Class, before: number): Retained {
    const end = firstFrom(before)
    const after = Number(mark.get(of)?.['position'])
    const goes = (position: number): boolean => position < end && (of === 'hand-over' || !isOfCase(position))
    const old = salts.inRows(after, end, STEP_ROWS, goes)
    const found = values.all(after, end, STEP_ROWS)
    // Both from the same position on: what one of them has not reached the other looks at again, and finds gone.
    const reached = Math.min(
      old.last === null ? Infinity : old.last,
      found.length < STEP_ROWS ? Infinity : Number(found.at(-1)?.['position']),
    )
    const going = found.filter(({ position }) => Number(position) <= reached && goes(Number(position)))
    for (const { position } of going) drop.run(Number(position))
    for (const subjectId of new Set(going.map((row) => Number(row['subject_id'])))) dropKey.run(subjectId)
    if (going.length > 0) disclosed.forget()
    const more = reached !== Infinity
    if (more) move.run(reached, of)
    return { values: going.length, salts: old.removed, more }
  }

  return ({ accessBefore, handOverBefore }, record) => {
    const [access, handOver] = [step('access', accessBefore), step('hand-over', handOverBefore)]
    const counts = { values: access.values + handOver.values, salts: access.salts + handOver.salts }
    if (counts.values + counts.salts > 0) records.append({ ...record, counts })
    return { ...counts, more: access.more || handOver.more }
  }
}
