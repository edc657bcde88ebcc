// Appends audit records within the writer's transaction: leaf, hash, place in the node's sequence, search columns.

import type { AuditKind, RecordDraft } from '../domain/audit.ts'
import { NOBODY, type DisclosedValues } from './disclosed-values.ts'
import { openDisclosures } from './disclosures.ts'
import { makeLeaf } from './leaf.ts'
import { openRecordBlocks } from './record-blocks.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { Subject } from './subjects.ts'

/** What the caller has at hand of a record's case; the rest is looked up by the draft's keys. */
export interface KnownToCaller {
  readonly casePosition?: number
  readonly subjectRef?: string
  /** Of an erasure: whose. */
  readonly erasureRef?: string
  /** The subject by which the record is to be found, though it names nobody. */
  readonly foundBySubject?: number
}

export interface Mark {
  readonly position: number
  readonly seq: number
  readonly kinds: number
  readonly disclosed: number
}

export interface RecordWriter {
  /** Sees where the log ends by now. To be called first in each transaction: others may have written to it since the last one. */
  begin(): void
  append(draft: RecordDraft, known?: KnownToCaller): void
  /** Where it stands, for `rewind` if what follows is rolled back. */
  mark(): Mark
  rewind(mark: Mark): void
  /** Writes what a whole batch has in common, just before its commit. */
  finish(): void
  /** How many records of each kind were appended since it was last asked: those of the batch that has been committed. */
  counted(): Readonly<Record<string, number>>
}

export interface RecordWriterOptions {
  readonly database: Sql
  readonly node: string
  readonly boot: string
  readonly sealer: Sealer
  readonly disclosed: DisclosedValues
  readonly subjectOf: (subjectKey: string) => Subject
}

/** Where the log ends, and how far a node's sequence has come in it. */
interface LogEnd {
  readonly position: number
  readonly seq: number
}

/**
 * Within a transaction. The newest record tells how far its own node has come; where that is another one, `nodes` does, and it is
 * noted there how far that other one has come: so it is known of each node but the newest record's.
 */
function openLogEnd(database: Sql, node: string): (known: LogEnd) => LogEnd {
  const newest = database.prepare('SELECT position, leaf FROM records ORDER BY position DESC LIMIT 1')
  const note = database.prepare(`
    INSERT INTO nodes (node, last_seq) VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET last_seq = excluded.last_seq`)
  const noted = database.prepare('SELECT last_seq FROM nodes WHERE node = ?')
  return (known) => {
    const row = newest.get() as { readonly position: number; readonly leaf: string } | undefined
    if (row === undefined) return { position: 0, seq: 0 }
    if (row.position === known.position) return known
    const leaf = JSON.parse(row.leaf) as { readonly node: string; readonly seq: number }
    if (leaf.node === node) return { position: row.position, seq: leaf.seq }
    note.run(leaf.node, leaf.seq)
    return { position: row.position, seq: Number(noted.get(node)?.['last_seq'] ?? 0) }
  }
}

/** As cases keep it: two cities may use one key for their halls. */
const hallOf = (actor: RecordDraft['actor']): string | null =>
  'hall' in actor && actor.hall !== null && actor.city !== null ? `${actor.city}/${actor.hall}` : null

export function openRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { database, node, boot, sealer, disclosed, subjectOf } = options
  const insert = database.prepare(`
    INSERT INTO records
      (position, id, time, kind, role, actor, item, city, case_position, strange_case_no, request_id, outcome, hall,
       collecting_city, source, fault_code, leaf, leaf_hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertSubject = database.prepare('INSERT INTO record_subjects (position, subject_id) VALUES (?, ?)')
  const findCase = database.prepare('SELECT position FROM cases WHERE case_no = ?')
  const blocks = openRecordBlocks(database)
  const disclosures = openDisclosures(database, sealer)
  const logEnd = openLogEnd(database, node)
  let position = 0
  let seq = 0
  const kinds: AuditKind[] = []

  const casePositionOf = (caseNo: string): number | null => {
    const row = findCase.get(caseNo)
    return row === undefined ? null : Number(row['position'])
  }

  return {
    append(draft, known) {
      const { actor } = draft
      const resident = actor.role === 'resident' ? subjectOf(actor.subjectKey) : null
      const subject = known?.subjectRef === undefined && draft.subjectKey !== null ? subjectOf(draft.subjectKey) : null
      const subjectRef = known?.subjectRef ?? subject?.subjectRef ?? null
      const actorRef = resident?.subjectRef ?? null
      const casePosition = draft.caseNo === null ? null : (known?.casePosition ?? casePositionOf(draft.caseNo))
      const noted = {
        kind: draft.kind,
        role: actor.role,
        actor: actor.role === 'gateway' ? null : actor.role === 'resident' ? actorRef : actor.subject,
        item: draft.item,
        city: draft.city,
        outcome: draft.outcome,
        hall: hallOf(actor),
        collecting_city: draft.collectingCity,
        source: draft.source,
        fault_code: draft.faultCode,
      }
      seq += 1
      position += 1
      const erasureRef = known?.erasureRef
      const place = { node, boot, seq, subjectRef, actorRef, ...(erasureRef === undefined ? {} : { erasureRef }) }
      const leaf = makeLeaf(draft, place)
      insert.run(
        position,
        draft.id,
        draft.time,
        noted.kind,
        noted.role,
        noted.actor,
        noted.item,
        noted.city,
        casePosition,
        casePosition === null ? draft.caseNo : null,
        draft.requestId,
        noted.outcome,
        noted.hall,
        noted.collecting_city,
        noted.source,
        noted.fault_code,
        leaf.text,
        leaf.hash,
      )
      const { requestDigest, answerDigest } = draft
      if (requestDigest !== null || answerDigest !== null) {
        disclosures.add([position, requestDigest?.salt ?? null, answerDigest?.salt ?? null])
      }
      // Of a case its parties are known, and its records are found by them.
      const about = known?.foundBySubject ?? (subject ?? resident)?.subjectId
      if (casePosition === null && about !== undefined) insertSubject.run(position, about)
      if (draft.disclosed !== null) {
        const whose = subject ?? (draft.subjectKey === null ? resident : subjectOf(draft.subjectKey))
        disclosed.add(position, whose?.subjectId ?? NOBODY, draft.disclosed)
      }
      blocks.note(position, draft.time, noted)
      kinds.push(draft.kind)
    },

    begin() {
      ;({ position, seq } = logEnd({ position, seq }))
      // Another gateway may have erased a person since the last transaction, and with the person the key.
      disclosed.forget()
    },

    mark: () => ({ position, seq, kinds: kinds.length, disclosed: disclosures.mark() }),

    rewind(mark) {
      position = mark.position
      seq = mark.seq
      kinds.length = mark.kinds
      disclosures.rewind(mark.disclosed)
      blocks.forget()
      disclosed.forget()
    },

    finish() {
      disclosures.finish()
    },

    counted() {
      const counts: Record<string, number> = {}
      for (const kind of kinds.splice(0)) counts[kind] = (counts[kind] ?? 0) + 1
      return counts
    },
  }
}
