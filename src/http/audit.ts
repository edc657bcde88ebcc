// /v1/audit/records: for auditors, each look being recorded itself.

import type { FastifyInstance } from 'fastify'
import { AUDIT_KINDS, FINDINGS, type AuditRecord, type RecordFilter } from '../domain/audit.ts'
import { Fault } from '../domain/fault.ts'
import { ROLES } from '../domain/words.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters } from './parameters.ts'

const FILTERS = ['city', 'item', 'outcome', 'actor', 'caseNo', 'requestId'] as const
/** Longer than any message to a city takes. */
const SETTLED_MS = 5 * 60_000
const ACTORS = [...ROLES, 'gateway']

export function auditRoutes(app: FastifyInstance, desk: Desk): void {
  const { store, clock } = desk.parts

  app.get(
    '/v1/audit/records',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, [...FILTERS, 'kind', 'role', 'from', 'until'])
      const given: Record<string, string | number> = { limit: parameters.limit() }
      for (const name of FILTERS) set(given, name, parameters.text(name))
      set(given, 'kind', parameters.oneOf('kind', AUDIT_KINDS))
      set(given, 'role', parameters.oneOf('role', ACTORS))
      set(given, 'from', parameters.time('from'))
      set(given, 'until', parameters.time('until'))
      set(given, 'after', parameters.after())
      const page = await store.listRecords(given as unknown as RecordFilter)
      return answerRecorded(
        desk,
        caller,
        'audit-read',
        { counts: { records: page.entries.length } },
        {
          records: page.entries.map(recordBody),
          next: cursor(page.next),
        },
      )
    }),
  )

  app.get(
    '/v1/audit/findings',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, ['finding'])
      const finding = FINDINGS.find((one) => one === parameters.oneOf('finding', FINDINGS)) ?? 'no-outcome'
      const after = parameters.after()
      const page = await store.listFindings({
        finding,
        settledBefore: clock.now() - SETTLED_MS,
        limit: parameters.limit(),
        ...(after === undefined ? {} : { after }),
      })
      return answerRecorded(
        desk,
        caller,
        'audit-read',
        { counts: { records: page.entries.length } },
        { records: page.entries.map(recordBody), next: cursor(page.next) },
      )
    }),
  )

  app.get(
    '/v1/audit/records/:id',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      readParameters(request.query, [])
      const record = await store.findRecord((request.params as { id: string }).id)
      if (record === null) throw new Fault('RECORD_UNKNOWN')
      return answerRecorded(desk, caller, 'audit-read', { counts: { records: 1 } }, recordBody(record))
    }),
  )
}

function set(into: Record<string, string | number>, name: string, value: string | number | undefined): void {
  if (value !== undefined) into[name] = value
}

/** The leaf's members as they are hashed, beside the hash: RFC 8785 over `leaf`, then SHA-256 over 0x00 and those bytes. */
function recordBody(record: AuditRecord): object {
  return { id: record.id, ...record.leaf, leafHash: record.leafHash }
}
