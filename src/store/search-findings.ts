// Finds what an auditor has to look into: records that others should have followed or gone before.

import type { AuditRecord, FindingFilter } from '../domain/audit.ts'
import type { Page } from '../domain/store.ts'
import { auditRecord, type RecordRow } from './read-records.ts'
import { openGapSearch } from './search-gaps.ts'
import { blockOf, inBlock, termOf } from './record-blocks.ts'
import type { Sql } from './sql.ts'

/** Records that one page looks at: a page may be short, and the next one goes on behind what was looked at. */
const LOOKED_AT_MAX = 2000

interface Candidate extends RecordRow {
  readonly position: number
  readonly time: number
  readonly request_id: string | null
  readonly case_position: number | null
}

interface Said {
  readonly boot: string
  readonly node: string
  readonly call?: string
}

const saidIn = ({ leaf }: { readonly leaf: string }): Said => JSON.parse(leaf) as Said

/** The kind of record that each finding is about. */
const ABOUT = { 'no-outcome': 'forwarded', 'outside-a-case': 'forwarded', crash: 'gateway-started' } as const

/**
 * no-outcome: an intent that no outcome names, of an earlier boot than the newest, or from before `settledBefore`: others may
 * still be under way. outside-a-case: a query. crash: a start of a node whose life before has no end on record.
 * gap: see search-gaps.ts.
 */
export function openFindingSearch(database: Sql): (filter: FindingFilter) => Page<AuditRecord> {
  const candidates = database.prepare(`
    SELECT r.position, r.time, r.id, r.leaf, r.leaf_hash, r.request_id, r.case_position
    FROM record_terms b JOIN records r ON ${inBlock('r')}
    WHERE b.term = ?1 AND b.block >= ?2 AND r.kind = ?3 AND +r.position > ?4
    ORDER BY b.block, r.position LIMIT ${LOOKED_AT_MAX}`)
  const gaps = openGapSearch(database)
  const newest = database.prepare('SELECT leaf FROM records ORDER BY position DESC LIMIT 1')
  const isOutcome = "kind = 'city-answered' AND position > ?2 AND json_extract(leaf, '$.intent') = ?3"
  const ofRequest = database.prepare(`SELECT 1 FROM records WHERE request_id = ?1 AND ${isOutcome} LIMIT 1`)
  const ofCase = database.prepare(`SELECT 1 FROM records WHERE case_position = ?1 AND ${isOutcome} LIMIT 1`)
  const lives = database.prepare(`
    SELECT r.kind, r.leaf FROM record_terms b JOIN records r ON ${inBlock('r')}
    WHERE b.term = ?1 AND b.block <= ?2 AND r.kind = ?3 AND +r.position < ?4 AND json_extract(r.leaf, '$.node') = ?5
    ORDER BY b.block DESC, r.position DESC LIMIT 1`)

  const hasOutcome = ({ position, id, request_id: request, case_position: place }: Candidate): boolean =>
    (request !== null && ofRequest.get(request, position, id) !== undefined) ||
    (place !== null && ofCase.get(place, position, id) !== undefined)

  const lifeBefore = (kind: string, position: number, node: string): string | null => {
    const row = lives.get(termOf('kind', kind), blockOf(position), kind, position, node)
    return row === undefined ? null : saidIn(row as unknown as RecordRow).boot
  }

  /** The start before was ended on record by the same boot, or there was none before. */
  function isCrash(position: number, node: string): boolean {
    const started = lifeBefore('gateway-started', position, node)
    return started !== null && lifeBefore('gateway-stopped', position, node) !== started
  }

  function fits(finding: keyof typeof ABOUT, one: Candidate, said: Said, isSettled: boolean): boolean {
    switch (finding) {
      case 'outside-a-case':
        return said.call === 'query'
      case 'crash':
        return isCrash(one.position, said.node)
      case 'no-outcome':
        return isSettled && !hasOutcome(one)
    }
  }

  return ({ finding, settledBefore, after = 0, limit }) => {
    if (finding === 'gap') return gaps(after, limit)
    const last = newest.get()
    const boot = last === undefined ? '' : saidIn(last as unknown as RecordRow).boot
    const kind = ABOUT[finding]
    const rows = candidates.all(termOf('kind', kind), blockOf(after), kind, after) as unknown as Candidate[]
    const entries: AuditRecord[] = []
    let lookedAt = after
    for (const one of rows) {
      if (entries.length === limit) return { entries, next: lookedAt }
      lookedAt = one.position
      const said = saidIn(one)
      const isSettled = said.boot !== boot || one.time < settledBefore
      if (fits(finding, one, said, isSettled)) entries.push(auditRecord(one))
    }
    return { entries, next: rows.length === LOOKED_AT_MAX ? lookedAt : null }
  }
}
