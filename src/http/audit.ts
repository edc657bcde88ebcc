// /v1/audit/records: for auditors, each look being recorded itself.

import type { FastifyInstance } from 'fastify'
import { FINDINGS, type AuditRecord, type RecordFilter } from '../domain/audit.ts'
import { Fault } from '../domain/fault.ts'
import { RECORD_CHOICES, RECORD_WORDS } from '../handling/find-records.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { cursor, readParameters, type Parameters } from './parameters.ts'

const FILTERS = Object.keys(RECORD_WORDS)
const CHOICES = Object.entries(RECORD_CHOICES)
/** Longer than any message to a city takes. */
const SETTLED_MS = 5 * 60_000

/** The filters of the list, in its address. */
export const RECORD_PARAMETERS: readonly string[] = [...FILTERS, ...CHOICES.map(([name]) => name), 'from', 'until']

/** What the parameters ask for. Throws Fault PARAMETER_INVALID. */
export function recordFilter(parameters: Parameters): Omit<RecordFilter, 'limit'> {
  const given: Record<string, string | number | undefined> = {}
  for (const name of FILTERS) given[name] = parameters.text(name)
  for (const [name, words] of CHOICES) given[name] = parameters.oneOf(name, words)
  for (const name of ['from', 'until']) given[name] = parameters.time(name)
  const asked = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(asked)
}

export function auditRoutes(app: FastifyInstance, desk: Desk): void {
  const { store, clock } = desk.parts

  app.get(
    '/v1/audit/records',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, RECORD_PARAMETERS)
      const after = parameters.after()
      const page = await store.listRecords({
        ...recordFilter(parameters),
        limit: parameters.limit(),
        ...(after === undefined ? {} : { after }),
      })
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

/** The leaf's members as they are hashed, beside the hash: RFC 8785 over `leaf`, then SHA-256 over 0x00 and those bytes. */
export function recordBody(record: AuditRecord): object {
  return { id: record.id, ...record.leaf, leafHash: record.leafHash }
}
