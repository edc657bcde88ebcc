// Audit records as a page to be printed: Chinese first, English second, no scripts, nothing from outside, written as it is sent.

import { KIND_NAMES } from '../audit/kind-names.ts'
import type { AuditKind, AuditRecord } from '../domain/audit.ts'
import type { Sentence } from '../domain/words.ts'
import type { ExportAbout, ExportFormat } from '../handling/export-records.ts'
import { escapeHtml, factRow as fact, inBoth as both, localTime, policyFor } from './printed-page.ts'

/** More on paper nobody reads: the file for machines holds them all. */
export const REPORT_RECORDS_MAX = 5000

const COLUMNS: readonly (readonly [width: number, Sentence])[] = [
  [10, { zh: '时间（北京）', en: 'Time (Beijing)' }],
  [11, { zh: '事件', en: 'Event' }],
  [10, { zh: '结果', en: 'Outcome' }],
  [14, { zh: '操作者', en: 'Who acted' }],
  [16, { zh: '事项', en: 'Item' }],
  [8, { zh: '城市', en: 'City' }],
  [13, { zh: '办件编号', en: 'Case' }],
  [18, { zh: '记录编号', en: 'Record' }],
]

const STYLE = `
@page { size: A4 landscape; margin: 12mm; }
body { margin: 24px auto; max-width: 1180px; padding: 0 16px; color: #111; background: #fff; line-height: 1.4;
  font-family: 'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; }
h1 { margin: 0 0 8px; text-align: center; font-size: 24px; letter-spacing: 4px; }
h1 .en { font-size: 14px; font-weight: normal; letter-spacing: 0; }
table { width: 100%; border-collapse: collapse; margin: 8px 0 16px; }
caption { text-align: left; font-weight: bold; padding: 4px 0; }
th, td { border: 1px solid #555; padding: 3px 6px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: normal; background: #f3f3f3; }
.about th { width: 22%; }
.records { font-size: 12px; table-layout: fixed; }
.records .id { font-family: monospace; font-size: 10px; }
${COLUMNS.map(([width]) => `.w${width} { width: ${width}%; }`).join(' ')}
.en { display: block; font-size: 11px; color: #444; }
.counts { width: auto; }
.counts td:last-child { text-align: right; }
@media print { body { margin: 0; max-width: none; padding: 0; } thead { display: table-header-group; }
  tr { break-inside: avoid; } th { background: none; } }
`

const POLICY = policyFor(STYLE)

const kindName = (kind: string): string => both(KIND_NAMES[kind as AuditKind] ?? { zh: kind, en: kind })

/** To the second. */
const moment = (iso: string): string => localTime(iso, 'second')

type Leaf = Readonly<Record<string, unknown>> & { readonly actor?: Readonly<Record<string, string>> }

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? escapeHtml(String(value)) : ''

function outcomeOf({ outcome, status, faultCode, source }: Leaf): string {
  const fault = faultCode === undefined ? '' : `<br>${text(faultCode)} (${text(source)})`
  return `${text(outcome)}${status === undefined ? '' : ` ${text(status)}`}${fault}`
}

const actorOf = ({ role, city, hall, subject, subjectRef }: Readonly<Record<string, string>> = {}): string =>
  [role, hall ?? city, subject ?? subjectRef]
    .filter((part) => part !== undefined)
    .map(escapeHtml)
    .join('<br>')

function recordRow(leaf: Leaf): string {
  const cells = [
    moment(String(leaf['time'])),
    kindName(String(leaf['kind'])),
    outcomeOf(leaf),
    actorOf(leaf.actor),
    text(leaf['item']),
    text(leaf['city']),
    text(leaf['caseNo']),
  ]
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td class="id">${text(leaf['id'])}</td></tr>\n`
}

/** `conditions`: what was asked for, as it may be printed: never a person’s number. */
function head(
  conditions: readonly (readonly [string, string])[],
  { exportId, at, log, goesOnAfter }: ExportAbout,
): string {
  const asked = conditions.map(([name, value]) => `${escapeHtml(name)} = ${escapeHtml(value)}`).join('<br>')
  const columns = COLUMNS.map(([, name]) => `<th scope="col">${both(name)}</th>`).join('')
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>审计记录报告 ${escapeHtml(exportId)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>审计记录报告<span class="en" lang="en">Report of audit records</span></h1>
<table class="about">
<tbody>
${fact('制作时间（北京）', 'Made at (Beijing)', moment(new Date(at).toISOString()))}${fact('条件', 'Conditions', asked === '' ? both({ zh: '无（全部记录）', en: 'None: all records' }) : asked)}${
    goesOnAfter === null ? '' : fact('接续记录', 'Goes on after the record', escapeHtml(goesOnAfter))
  }${fact(
    '日志',
    'Log',
    log === null
      ? '—'
      : `${escapeHtml(log.origin)}<br>${both({ zh: `截至第 ${log.size} 条`, en: `up to its entry ${log.size}` })}`,
  )}${fact('核对', 'To verify', both({ zh: `导出记录 ${exportId} 写明本文件的摘要，见 docs/auditing.md`, en: `Record ${exportId} tells the digest of this file, see docs/auditing.md` }))}</tbody>
</table>
<table class="records">
<caption>${both({ zh: '记录，最早的在前', en: 'The records, oldest first' })}</caption>
<colgroup>${COLUMNS.map(([width]) => `<col class="w${width}">`).join('')}</colgroup>
<thead><tr>${columns}</tr></thead>
<tbody>
`
}

function foot(counts: ReadonlyMap<string, number>, records: number, isWhole: boolean): string {
  const rows = [...counts].map(([kind, count]) => `<tr><td>${kindName(kind)}</td><td>${count}</td></tr>\n`)
  const more = {
    zh: `记录过多，本报告只印前 ${records} 条；全部记录请用 CSV 或 NDJSON 导出，或缩短时段。`,
    en: `There are more records than are printed here: these are the first ${records}. Export CSV or NDJSON for all, or ask for a shorter period.`,
  }
  return `</tbody>
</table>
${isWhole ? '' : `<p>${both(more)}</p>\n`}<table class="counts">
<caption>${both({ zh: `合计 ${records} 条`, en: `${records} records in all` })}</caption>
<tbody>
${rows.join('')}</tbody>
</table>
</body>
</html>
`
}

/** One for each report: it counts what it has written. */
export function reportFormat(conditions: readonly (readonly [string, string])[]): ExportFormat {
  const counts = new Map<string, number>()
  return {
    mediaType: 'text/html; charset=utf-8',
    extension: 'html',
    headers: { 'content-security-policy': POLICY },
    recordsMax: REPORT_RECORDS_MAX,
    head: (about) => head(conditions, about),
    record({ leaf }: AuditRecord) {
      const kind = String(leaf['kind'])
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return recordRow(leaf)
    },
    foot: (records, isWhole) => foot(counts, records, isWhole),
  }
}
