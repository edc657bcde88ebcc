// Writes what Fuxin tells of its cases: reasons, statuses and news.

import { beijingTime } from '../beijing-time.ts'
import type { Refusal } from '../cases.ts'
import type { Progress } from '../desk.ts'
import { type CaseStatus, type NewsEvent, type Page, pointsTo } from '../life.ts'
import { BY_NAME } from './fuxin-dictionary.ts'
import { tag } from './fuxin-xml.ts'

const REASON_CODES: Readonly<Record<string, string>> = {
  item: 'SX01',
  competence: 'GX02',
  identifier: 'ZJ03',
  incomplete: 'BD04',
  applicant: 'RY05',
} satisfies Record<Refusal['kind'], string>

/** Status and, behind a point, its finer part. */
const STATUSES: Readonly<Record<CaseStatus, string>> = {
  received: '01',
  accepted: '02',
  correction: '03',
  refused: '04',
  reviewing: '05',
  suspended: '06',
  approved: '07.1',
  rejected: '07.2',
  completed: '08',
  delivered: '09',
  withdrawn: '10.1',
  returned: '10.2',
}

const rows = (name: string, entries: readonly string[]): string =>
  tag(
    name,
    entries.map((entry) => tag('row', [entry])),
  )

const reason = (kind: string, message: string): string =>
  tag('liyoubianma', REASON_CODES[kind] ?? REASON_CODES['applicant']!) + tag('liyoushuoming', message)

export const reasons = (refusals: readonly Refusal[]): string =>
  rows(
    'liyou',
    refusals.map(({ kind, message }) => reason(kind, message)),
  )

/** Why a case was not accepted after all, as its clerk says. */
function reasonsOf({ points, remark }: NewsEvent): string {
  const said = points.length > 0 ? points : [{ code: null, message: remark ?? '不予受理' }]
  return rows(
    'liyou',
    said.map(({ code, message }) => reason(code ?? 'applicant', message)),
  )
}

/** How a case stands: the whole status, and its finer part where it has one. */
export function status(of: CaseStatus): string {
  const [whole, part] = STATUSES[of].split('.') as [string, string?]
  return tag('banjianzhuangtai', whole) + (part === undefined ? '' : tag('zhuangtaixifen', part))
}

/** What the enquiry tells, and what an application that was taken is answered with. */
export function progress({ entry, last }: Progress): string {
  const reference = tag('yewubianhao', entry.reference)
  if (entry.outcome === 'refused') return reference + status('refused') + reasons(entry.refusals)
  const refused = last?.status === 'refused' ? reasonsOf(last) : ''
  return reference + tag('banjianhao', entry.backendCaseNo) + status(last?.status ?? 'received') + refused
}

export const news = ({ events, next, more }: Page): string =>
  rows('dongtai', events.map(eventOf)) + tag('xiayoubiao', next) + tag('haiyou', more ? '是' : '否')

function eventOf(event: NewsEvent): string {
  const { points, remark, results } = event
  const isDecided = event.status === 'approved' || event.status === 'completed'
  return [
    tag('shijianbianhao', event.id),
    tag('yewubianhao', event.reference),
    tag('banjianhao', event.backendCaseNo!),
    tag('xuhao', String(event.seq)),
    tag('fashengshijian', beijingTime(Date.parse(event.at), 'compact')),
    status(event.status),
    remark === null ? '' : tag('beizhu', remark),
    event.status === 'correction' ? rows('buzheng', corrections(points, remark)) : '',
    event.status === 'refused' ? reasonsOf(event) : '',
    isDecided && results.length > 0 ? rows('jieguowenshu', results.map(resultOf)) : '',
  ].join('')
}

function corrections(points: NewsEvent['points'], remark: string | null): readonly string[] {
  if (points.length === 0) return [tag('shuoming', remark ?? '请补正材料')]
  return points.map(({ code, message }) => {
    const field = code === null ? undefined : BY_NAME.get(code)
    const isMaterial = code !== null && pointsTo(code) === 'material'
    const what = isMaterial ? tag('cailiaobianma', code) : field === undefined ? '' : tag('biaodanxiang', field.tag)
    return what + tag('shuoming', message)
  })
}

const resultOf = ({ code, name, number }: NewsEvent['results'][number]): string =>
  tag('wenshubianma', code) + tag('mingcheng', name) + tag('haoma', number)
