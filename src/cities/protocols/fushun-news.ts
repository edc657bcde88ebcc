// Reads the news that Fushun gives when it is asked (0104 of docs/wire/fushun.md).

import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromCompactBeijingTime } from '../beijing-time.ts'
import { garbled } from '../decoding.ts'
import type { StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'
import { childOf, childrenOf, elements, textOf, type Element, type Parsed } from '../xml.ts'

export function askForNews(cursor: string | null, limit: number): Element {
  return { tag: 'RECORD', content: elements(['YBZ', cursor ?? undefined], ['ZDTS', String(limit)]) }
}

/** Throws CITY_GARBLED for what the document does not allow. */
export function readNews(statuses: StatusTable, record: Parsed | undefined): NewsPage {
  const next = textOf(record, 'XYBZ')
  const more = textOf(record, 'HYGD')
  const list = childOf(record, 'XXLB')
  if (next === undefined || next === '' || next.length > 64 || list === undefined) throw garbled('news')
  if (more !== '0' && more !== '1') throw garbled('HYGD')
  return { news: childrenOf(list, 'ROW').map((row) => eventIn(statuses, row)), next, more: more === '1' }
}

function eventIn(statuses: StatusTable, row: Parsed): CityNews {
  const sequence = textOf(row, 'BDXH') ?? ''
  const time = fromCompactBeijingTime(textOf(row, 'BDSJ') ?? '')
  return newsOf(
    statuses,
    {
      id: textOf(row, 'XXBH'),
      reference: textOf(row, 'YWXTBH'),
      backendCaseNo: textOf(row, 'BJBH'),
      order: /^[1-9][0-9]{0,8}$/.test(sequence) ? Number(sequence) : null,
      at: time === null ? null : Date.parse(time),
      cityStatus: textOf(row, 'BJZT'),
      remark: textOf(row, 'BZ'),
      reasons: childrenOf(childOf(row, 'BZLB'), 'ROW').map((point) => ({
        code: textOf(point, 'BZBM'),
        message: textOf(point, 'BZNR'),
      })),
      results: childrenOf(childOf(row, 'JGLB'), 'ROW').map((result) => ({
        code: textOf(result, 'JGBM'),
        name: textOf(result, 'JGMC'),
        number: textOf(result, 'JGWH'),
      })),
    },
    garbled,
  )
}
