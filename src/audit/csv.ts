// Audit records as lines of CSV (RFC 4180) that no spreadsheet takes for formulas.

import type { AuditRecord } from '../domain/audit.ts'

/** Column by column: its name, and where it stands in the leaf. */
const COLUMNS: readonly (readonly [name: string, path: readonly string[]])[] = [
  ['id', ['id']],
  ['time', ['time']],
  ['kind', ['kind']],
  ['outcome', ['outcome']],
  ['role', ['actor', 'role']],
  ['issuer', ['actor', 'issuer']],
  ['subject', ['actor', 'subject']],
  ['actorSubjectRef', ['actor', 'subjectRef']],
  ['actorCity', ['actor', 'city']],
  ['hall', ['actor', 'hall']],
  ['subjectRef', ['subjectRef']],
  ['method', ['method']],
  ['route', ['route']],
  ['item', ['item']],
  ['city', ['city']],
  ['collectingCity', ['collectingCity']],
  ['routeRule', ['routeRule']],
  ['caseNo', ['caseNo']],
  ['leg', ['leg']],
  ['call', ['call']],
  ['intent', ['intent']],
  ['status', ['status']],
  ['faultCode', ['faultCode']],
  ['source', ['source']],
  ['requestId', ['requestId']],
  ['requestDigest', ['requestDigest']],
  ['answerDigest', ['answerDigest']],
  ['contentDigest', ['contentDigest']],
  ['schemaDigest', ['schemaDigest']],
  ['configVersion', ['configVersion']],
  ['consentVersion', ['consentVersion']],
  ['counts', ['counts']],
  ['node', ['node']],
  ['boot', ['boot']],
  ['seq', ['seq']],
  ['v', ['v']],
]

const END = '\r\n'

/** With a byte order mark: spreadsheets take the file for another encoding without it. */
export const CSV_HEAD = `\uFEFF${[...COLUMNS.map(([name]) => name), 'leafHash'].join(',')}${END}`

export function csvLine({ leaf, leafHash }: AuditRecord): string {
  return [...COLUMNS.map(([, path]) => cell(valueAt(leaf, path))), cell(leafHash)].join(',') + END
}

function valueAt(leaf: AuditRecord['leaf'], path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], leaf)
}

/**
 * A spreadsheet runs what begins with = + - @ (also in their full-width forms), a tab or a line break. An apostrophe before it makes
 * it text; one that was there already gets another, so that taking one away gives back what stood there.
 */
const RISKY = /^[=+\-@\t\r\n＝＋－＠']/

export function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = RISKY.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
