// Appends audit records within the writer's transaction: leaf, hash, place in the node's sequence, search columns.

import type { DatabaseSync } from 'node:sqlite'
import type { RecordDraft } from '../domain/audit.ts'
import { makeLeaf } from './leaf.ts'
import { saltsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Subject } from './subjects.ts'

/** What the caller has at hand of a record's case; the rest is looked up by the draft's keys. */
export interface KnownToCaller {
  readonly casePosition: number
  readonly subjectRef?: string
}

export interface RecordWriter {
  append(draft: RecordDraft, known?: KnownToCaller): void
  /** Where the sequence stands, for `rewind` if what follows is rolled back. */
  mark(): number
  rewind(mark: number): void
  /** Writes what a whole batch has in common, just before its commit. */
  finish(): void
}

export interface RecordWriterOptions {
  readonly database: DatabaseSync
  readonly node: string
  readonly boot: string
  readonly sealer: Sealer
  readonly subjectOf: (subjectKey: string) => Subject
}

const MINUTE_MS = 60_000

export function openRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { database, node, boot, sealer, subjectOf } = options
  const insert = database.prepare(`
    INSERT INTO records
      (id, time, kind, role, actor, item, city, case_position, strange_case_no, request_id, outcome, leaf, leaf_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const findCase = database.prepare('SELECT position FROM cases WHERE case_no = ?')
  const disclose = database.prepare('INSERT INTO disclosures (record_id, subject_ref, salts) VALUES (?, ?, ?)')
  const keepSeq = database.prepare(`
    INSERT INTO nodes (node, last_seq) VALUES (?, ?)
    ON CONFLICT (node) DO UPDATE SET last_seq = excluded.last_seq`)
  const keepMinute = database.prepare(`
    INSERT INTO record_minutes (minute, first_position, last_position) VALUES (?, ?, ?)
    ON CONFLICT (minute) DO UPDATE SET
      first_position = min(first_position, excluded.first_position),
      last_position = max(last_position, excluded.last_position)`)

  const kept = database.prepare('SELECT last_seq FROM nodes WHERE node = ?').get(node)
  let seq = Number(kept?.['last_seq'] ?? 0)
  const minutes = new Map<number, { first: number; last: number }>()

  const casePositionOf = (caseNo: string): number | null => {
    const row = findCase.get(caseNo)
    return row === undefined ? null : Number(row['position'])
  }

  return {
    append(draft, known) {
      const { actor } = draft
      const subjectRef =
        known?.subjectRef ?? (draft.subjectKey === null ? null : subjectOf(draft.subjectKey).subjectRef)
      const actorRef = actor.role === 'resident' ? subjectOf(actor.subjectKey).subjectRef : null
      const casePosition = draft.caseNo === null ? null : (known?.casePosition ?? casePositionOf(draft.caseNo))
      seq += 1
      const leaf = makeLeaf(draft, { node, boot, seq, subjectRef, actorRef })
      const { lastInsertRowid } = insert.run(
        draft.id,
        draft.time,
        draft.kind,
        actor.role,
        actor.role === 'gateway' ? null : actor.role === 'resident' ? actorRef : actor.subject,
        draft.item,
        draft.city,
        casePosition,
        casePosition === null ? draft.caseNo : null,
        draft.requestId,
        draft.outcome,
        leaf.text,
        leaf.hash,
      )
      if (draft.requestDigest !== null || draft.answerDigest !== null) {
        const salts = JSON.stringify({ request: draft.requestDigest?.salt, answer: draft.answerDigest?.salt })
        const sealed = sealer.seal(saltsPlace(draft.id), salts)
        disclose.run(draft.id, subjectRef, sealed)
      }
      const minute = Math.floor(draft.time / MINUTE_MS)
      const position = Number(lastInsertRowid)
      const bounds = minutes.get(minute)
      if (bounds === undefined) minutes.set(minute, { first: position, last: position })
      else bounds.last = position
    },

    mark: () => seq,

    // The bounds of a minute may stay wider than what was kept: they only narrow a search.
    rewind(mark) {
      seq = mark
    },

    finish() {
      if (minutes.size > 0) keepSeq.run(node, seq)
      for (const [minute, { first, last }] of minutes) keepMinute.run(minute, first, last)
      minutes.clear()
    },
  }
}
