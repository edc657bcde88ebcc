// /v1/audit/export: audit records as one file (NDJSON, CSV, a page to be printed), by filters, or by a body where a person is asked for.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CSV_HEAD, csvLine } from '../audit/csv.ts'
import { shardOrigin } from '../audit/log/names.ts'
import type { RecordFilter } from '../domain/audit.ts'
import type { Caller, Handled } from '../domain/caller.ts'
import { openExports, type ExportFormat } from '../handling/export-records.ts'
import { recordQuestion } from '../handling/find-records.ts'
import { mayReadAudit } from '../identity/rights.ts'
import { recordBody, recordFilter, RECORD_PARAMETERS } from './audit.ts'
import { reportFormat } from './audit-report-page.ts'
import { readBody } from './body.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { readParameters, type Parameters } from './parameters.ts'

export const EXPORT_FORMATS = ['ndjson', 'csv', 'html'] as const
/** Of one file, where its caller wants no more at once; without it a file holds all that fit. */
export const RECORDS_MAX = 10_000_000

type Filter = Omit<RecordFilter, 'limit' | 'after' | 'upTo'>

const PLAIN = { headers: {}, recordsMax: null, foot: () => '' } as const

function formatOf(name: (typeof EXPORT_FORMATS)[number], filter: Filter): ExportFormat {
  switch (name) {
    case 'ndjson':
      return {
        ...PLAIN,
        mediaType: 'application/x-ndjson; charset=utf-8',
        extension: 'ndjson',
        head: () => '',
        record: (record) => `${JSON.stringify(recordBody(record))}\n`,
      }
    case 'csv':
      return {
        ...PLAIN,
        mediaType: 'text/csv; charset=utf-8; header=present',
        extension: 'csv',
        head: ({ goesOnAfter }) => (goesOnAfter === null ? CSV_HEAD : ''),
        record: csvLine,
      }
    case 'html':
      return reportFormat(conditionsOf(filter))
  }
}

/** As they may be printed: that a person was asked for, not who. */
function conditionsOf({ from, until, subjectKey, ...words }: Filter): readonly (readonly [string, string])[] {
  const time = (at: number): string => new Date(at + 8 * 3_600_000).toISOString().replace(/(?:\.000)?Z$/, '+08:00')
  return [
    ...(from === undefined ? [] : [['from', time(from)] as const]),
    ...(until === undefined ? [] : [['until', time(until)] as const]),
    ...Object.entries(words).map(([name, value]) => [name, value] as const),
    ...(subjectKey === undefined ? [] : [['subject', '（一人或一个单位 · one person or organization）'] as const]),
  ]
}

export function auditExportRoutes(app: FastifyInstance, desk: Desk): void {
  const exports = openExports(desk.parts)
  const OWN = ['format', 'records', 'afterRecord'] as const

  async function give(
    caller: Caller,
    request: FastifyRequest,
    parameters: Parameters,
    filter: Filter,
    subjectKey: string | null,
  ): Promise<Handled> {
    const name = EXPORT_FORMATS.find((one) => one === parameters.oneOf('format', EXPORT_FORMATS)) ?? 'ndjson'
    const format = formatOf(name, filter)
    const afterRecord = parameters.text('afterRecord') ?? null
    const recordsMax = parameters.count('records', RECORDS_MAX) ?? null
    if (request.method === 'HEAD') {
      const head = await answerRecorded(desk, caller, 'audit-read', {}, {})
      return 'fault' in head ? head : { ...head, headers: { 'content-type': format.mediaType }, body: '' }
    }
    return exports.open(caller, { format, filter, afterRecord, recordsMax, originOf: shardOrigin }, { subjectKey })
  }

  app.get(
    '/v1/audit/export',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, [...OWN, ...RECORD_PARAMETERS])
      return give(caller, request, parameters, recordFilter(parameters), null)
    }),
  )

  app.post(
    '/v1/audit/export',
    withToken(desk, async (caller, request) => {
      mayReadAudit(caller.principal)
      const parameters = readParameters(request.query, OWN)
      const { filter, subjectKey } = recordQuestion(desk.parts, readBody(request, desk.depthMax), { limit: 1 })
      const { limit: _one, ...asked } = filter
      return give(caller, request, parameters, asked, subjectKey)
    }),
  )
}
