// Appends audit records within the writer's transaction: leaf, hash, place in the node's sequence, search columns.

import type { DatabaseSync } from 'node:sqlite'
import type { RecordDraft } from '../domain/audit.ts'
import { makeLeaf } from './leaf.ts'
import { saltsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'

export interface RecordWriter {
  /** `subjectRef` stands for a subject whose reference is known already; else the draft's key is looked up. */
  append(draft: RecordDraft, subjectRef?: string): void
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
  readonly referenceOf: (subjectKey: string) => string
}

const MINUTE_MS = 60_000

export function openRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { database, node, boot, sealer, referenceOf } = options
  const insert = database.prepare(`
    INSERT INTO records
      (id, time, kind, role, actor, item, city, case_no, request_id, outcome, leaf, leaf_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
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

  return {
    append(draft, knownRef) {
      const { actor } = draft
      const subjectRef = knownRef ?? (draft.subjectKey === null ? null : referenceOf(draft.subjectKey))
      const actorRef = actor.role === 'resident' ? referenceOf(actor.subjectKey) : null
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
        draft.caseNo,
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
