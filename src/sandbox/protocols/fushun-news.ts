// Tells Fushun's news to those who ask for them (0104), event by event.

import { beijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { tellsPoints, type CaseStatus, type NewsEvent } from '../life.ts'
import { BY_NAME } from './fushun-dictionary.ts'
import { tag, type XmlElement } from './xml.ts'

export const STATUSES: Readonly<Record<CaseStatus, string>> = {
  received: '10',
  accepted: '20',
  correction: '30',
  reviewing: '40',
  suspended: '41',
  approved: '50',
  rejected: '51',
  completed: '60',
  delivered: '61',
  withdrawn: '70',
  refused: '90',
  returned: '91',
}
const WITH_RESULTS: ReadonlySet<CaseStatus> = new Set(['approved', 'completed'])

type News =
  | { readonly kind: 'told'; readonly record: string }
  | { readonly kind: 'misfit'; readonly code: '-904' | '-908'; readonly path: string }

/** What the RECORD of a request asks for, as the RECORD of the answer. */
export function tellNews(record: XmlElement, desk: Desk): News {
  const texts = new Map(record.children.map(({ name, text }) => [name, text]))
  const stranger = record.children.find(({ name, namespace, children }) => {
    return !['YBZ', 'ZDTS'].includes(name) || namespace !== null || children.length > 0
  })
  const isOneOfEach = texts.size === record.children.length && record.text === ''
  if (record.name !== 'RECORD' || !isOneOfEach) return { kind: 'misfit', code: '-904', path: 'RECORD' }
  if (stranger !== undefined) return { kind: 'misfit', code: '-904', path: `RECORD/${stranger.name}` }
  const limit = texts.get('ZDTS') ?? ''
  if (!/^([1-9][0-9]?|100)$/.test(limit)) return { kind: 'misfit', code: '-904', path: 'RECORD/ZDTS' }
  const page = desk.news(texts.get('YBZ') ?? null, Number(limit))
  if (page === null) return { kind: 'misfit', code: '-908', path: 'RECORD/YBZ' }
  const rows = page.events.map((event) => tag('ROW', [row(event)]))
  return { kind: 'told', record: tag('XXLB', rows) + tag('XYBZ', page.next) + tag('HYGD', page.more ? '1' : '0') }
}

function row({ id, reference, backendCaseNo, seq, at, status, remark, points, results }: NewsEvent): string {
  const corrections = points.map(({ code, message }) => {
    const named = code === null ? '' : tag('BZBM', BY_NAME.get(code)?.tag ?? code)
    return tag('ROW', [named + tag('BZNR', message)])
  })
  const yielded = results.map(({ code, name, number }) =>
    tag('ROW', [tag('JGBM', code) + tag('JGMC', name) + tag('JGWH', number)]),
  )
  return (
    tag('XXBH', id) +
    tag('YWXTBH', reference) +
    (backendCaseNo === null ? '' : tag('BJBH', backendCaseNo)) +
    tag('BDXH', String(seq)) +
    tag('BDSJ', beijingTime(Date.parse(at), 'compact')) +
    tag('BJZT', STATUSES[status]) +
    (remark === null ? '' : tag('BZ', remark)) +
    (tellsPoints(status) && corrections.length > 0 ? tag('BZLB', corrections) : '') +
    (WITH_RESULTS.has(status) && yielded.length > 0 ? tag('JGLB', yielded) : '')
  )
}
