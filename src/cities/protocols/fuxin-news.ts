// Asks Fuxin for its news (1004 of docs/wire/fuxin.md) and reads them.

import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromCompactBeijingTime } from '../beijing-time.ts'
import { garbled } from '../decoding.ts'
import type { StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'
import { childOf, childrenOf, elements, textOf, type Element, type Parsed } from '../xml.ts'
import { statusIn } from './fuxin-answers.ts'

export function newsRequest(cursor: string | null, limit: number): readonly Element[] {
  return elements(['youbiao', cursor ?? undefined], ['tiaoshu', String(limit)])
}

/** Throws CITY_GARBLED for what the document does not allow. */
export function readNews(statuses: StatusTable, data: Parsed | undefined): NewsPage {
  const events = childOf(data, 'dongtai')
  const next = textOf(data, 'xiayoubiao') ?? ''
  const more = textOf(data, 'haiyou')
  if (events === undefined) throw garbled('dongtai')
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(next)) throw garbled('xiayoubiao')
  if (more !== '是' && more !== '否') throw garbled('haiyou')
  return { news: childrenOf(events, 'row').map((row) => eventIn(statuses, row)), next, more: more === '是' }
}

function eventIn(statuses: StatusTable, row: Parsed): CityNews {
  const sequence = textOf(row, 'xuhao') ?? ''
  const time = fromCompactBeijingTime(textOf(row, 'fashengshijian') ?? '')
  const reasons = childrenOf(childOf(row, 'liyou'), 'row')
  const points = childrenOf(childOf(row, 'buzheng'), 'row')
  return newsOf(
    statuses,
    {
      id: textOf(row, 'shijianbianhao'),
      reference: textOf(row, 'yewubianhao'),
      backendCaseNo: textOf(row, 'banjianhao'),
      order: /^[1-9][0-9]{0,8}$/.test(sequence) ? Number(sequence) : null,
      at: time === null ? null : Date.parse(time),
      cityStatus: statusIn(row),
      remark: textOf(row, 'beizhu'),
      reasons: [
        ...reasons.map((one) => ({ code: textOf(one, 'liyoubianma'), message: textOf(one, 'liyoushuoming') })),
        ...points.map((one) => ({
          code: textOf(one, 'cailiaobianma') ?? textOf(one, 'biaodanxiang'),
          message: textOf(one, 'shuoming'),
        })),
      ],
      results: childrenOf(childOf(row, 'jieguowenshu'), 'row').map((one) => ({
        code: textOf(one, 'wenshubianma'),
        name: textOf(one, 'mingcheng'),
        number: textOf(one, 'haoma'),
      })),
    },
    garbled,
  )
}
