// Asks Fuxin for its news (1004 of docs/wire/fuxin.md) and reads them, and the statuses and reasons that its other answers have too.

import type { Reason } from '../../domain/delivery.ts'
import type { CityNews, NewsPage } from '../../domain/news.ts'
import { fromCompactBeijingTime } from '../beijing-time.ts'
import { garbled, reasonsIn } from '../decoding.ts'
import type { StatusTable } from '../protocol.ts'
import { newsOf } from '../told.ts'
import { childOf, childrenOf, elements, textOf, type Element, type Parsed } from '../xml.ts'

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

/** 办件状态, and after a point 状态细分 where there is one: `07.1`. Undefined where there is no status. */
export function statusIn(parent: Parsed | undefined): string | undefined {
  const status = textOf(parent, 'banjianzhuangtai')
  const detail = textOf(parent, 'zhuangtaixifen')
  return status === undefined || detail === undefined ? status : `${status}.${detail}`
}

/** Throws CITY_GARBLED where there are none, or one without a code. */
export function refusalReasons(parent: Parsed | undefined): readonly Reason[] {
  return reasonsIn(childrenOf(childOf(parent, 'liyou'), 'row'), 'liyoubianma', 'liyoushuoming')
}

function eventIn(statuses: StatusTable, row: Parsed): CityNews {
  const sequence = textOf(row, 'xuhao') ?? ''
  const time = fromCompactBeijingTime(textOf(row, 'fashengshijian') ?? '')
  const refusal = childrenOf(childOf(row, 'liyou'), 'row')
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
        ...refusal.map((one) => ({ code: textOf(one, 'liyoubianma'), message: textOf(one, 'liyoushuoming') })),
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
