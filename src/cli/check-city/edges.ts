// Checks what is rare in daily work: an item nobody knows, uncommon characters, a form as large as forms get.

import type { CallOutcome, CityMessage, DeliverAnswer } from '../../domain/delivery.ts'
import type { Item } from '../../domain/item.ts'
import type { SubmissionBody } from '../../domain/submission.ts'
import { faultOf, mendOf } from './credentials.ts'
import { shownOf } from './exchanges.ts'
import { failed, notApplicable, passed, type Verdict, notTried } from './finding.ts'
import type { Taken } from './items.ts'
import { systemClock } from '../../system.ts'
import { called, type Subject } from './subject.ts'

const SHARE = { share: 'caller' } as const
const UNKNOWN_ITEM = 'zz-item-that-nobody-handles'
/** CJK extensions A, B and beyond the basic plane: what GBK and three-byte UTF-8 cannot hold. */
const RARE_NAME = '欧阳㐂𠮷'
const LONG_ADDRESS = `辽宁省示例市𡊄头镇㙟村${'东西南北中'.repeat(14)}甲一号`
/** Of the items with the largest samples so many are grown, each member so often. */
const LARGE_ITEMS = 6
const DOUBLINGS_MAX = 8

const NONE_TAKEN = notTried({
  zh: '没有一件样例申请被收下，无从核对。',
  en: 'No sample application was taken, so there is nothing to try it with.',
})

export async function checkUnknownItem(subject: Subject): Promise<Verdict> {
  const item = subject.items.find(({ interaction }) => interaction === 'application') ?? subject.items[0]
  if (item === undefined) return notApplicable({ zh: '没有由它办理的事项。', en: 'It handles no item.' })
  const sample = subject.message(item)
  const message: CityMessage = { ...sample, item: { ...item, code: UNKNOWN_ITEM } }
  const { backend } = subject.open
  const { outcome, exchanged } = await called<unknown>(subject, () =>
    item.interaction === 'query' ? backend.query(message, SHARE) : backend.deliver(message, SHARE),
  )
  const shown = shownOf(exchanged, message.body)
  if (outcome.sent !== 'answered') {
    if (outcome.fault.code === 'CITY_MESSAGE_REFUSED') {
      return passed(
        { zh: '未知事项按文档的代码被拒绝。', en: 'An unknown item is refused with a code of the document.' },
        shown,
      )
    }
    return failed(faultOf(outcome), mendOf(outcome, subject), shown)
  }
  if ((outcome.answer as DeliverAnswer).kind === 'refused') {
    return passed({ zh: '未知事项不予受理，并说明原因。', en: 'An unknown item is refused with its reason.' }, shown)
  }
  return failed(
    { zh: '没有的事项也被收下。', en: 'An item that does not exist is taken.' },
    {
      zh: '请该市核对事项编码，不认识的一律不予受理并说明原因。',
      en: 'Ask the city to check the codes of items, and to refuse with a reason what it does not know.',
    },
    shown,
  )
}

/** The same application as one that was taken, with a name and an address that plain software spoils. */
export async function checkCharset(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const first = taken.find(({ message }) => message.body.applicant.type === 'person')
  if (first === undefined) return NONE_TAKEN
  const { item, body } = first.message
  const rare = { ...body.applicant, name: RARE_NAME, address: LONG_ADDRESS } as SubmissionBody['applicant']
  const outcome = await file(subject, item, { ...body, applicant: rare })
  return judgeFiling(outcome, {
    zh: '生僻字（扩展区汉字）和长地址',
    en: 'rare characters (beyond the basic plane) and a long address',
    mendZh: '请该市核对全链路字符集（数据库 utf8mb4 或 GB18030，不是 GBK）和字段长度；本侧核对报文字符集。',
    mendEn:
      'Ask the city to check charset (utf8mb4 or GB18030 in its database, not GBK) and field lengths all the way; check the charset of our messages.',
    refusedIsRead: false,
  })
}

/** A body as large as the forms let it grow. What is refused for a reason has been read. */
export async function checkSize(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  if (taken.length === 0) return NONE_TAKEN
  const largest = largestBody(subject, taken)
  // Growing it has kept all else waiting: connections that the city has closed meanwhile must be noticed before one is used.
  await systemClock.delay(1)
  const bytes = Buffer.byteLength(JSON.stringify(largest.body))
  const outcome = await file(subject, largest.item, largest.body)
  return judgeFiling(outcome, {
    zh: `大表单（${largest.item.code}，${bytes} 字节；网关收件上限 ${subject.bodyBytesMax}）`,
    en: `a large form (${largest.item.code}, ${bytes} bytes; the gateway takes ${subject.bodyBytesMax} at most)`,
    mendZh: `请该市把网关、反向代理和应用的请求上限都放到 ${subject.bodyBytesMax} 字节以上。`,
    mendEn: `Ask the city to let ${subject.bodyBytesMax} bytes through its gateway, its proxies and its application.`,
    refusedIsRead: true,
  })
}

interface Filed {
  readonly message: CityMessage
  readonly outcome: CallOutcome<DeliverAnswer>
  readonly shown: Verdict['shown']
}

async function file(subject: Subject, item: Item, body: SubmissionBody): Promise<Filed> {
  const message = subject.message(item, body)
  const { outcome, exchanged } = await called(subject, () => subject.open.backend.deliver(message, SHARE))
  return { message, outcome, shown: shownOf(exchanged, body) }
}

function judgeFiling(
  { outcome, shown }: Filed,
  words: {
    readonly zh: string
    readonly en: string
    readonly mendZh: string
    readonly mendEn: string
    readonly refusedIsRead: boolean
  },
): Verdict {
  const mend = { zh: words.mendZh, en: words.mendEn }
  if (outcome.sent !== 'answered') {
    const fault = faultOf(outcome)
    return failed({ zh: `${words.zh}：${fault.zh}`, en: `With ${words.en}: ${fault.en}` }, mend, shown)
  }
  if (outcome.answer.kind === 'taken') return passed({ zh: `${words.zh}被收下。`, en: `It takes ${words.en}.` }, shown)
  const codes = outcome.answer.reasons.map(({ code }) => code).join(' ')
  if (words.refusedIsRead) {
    return passed(
      { zh: `${words.zh}已读懂，不予受理（${codes}）。`, en: `It reads ${words.en}, and refuses it (${codes}).` },
      shown,
    )
  }
  return failed({ zh: `${words.zh}不予受理（${codes}）。`, en: `It refuses ${words.en} (${codes}).` }, mend, shown)
}

/** The largest samples, grown as far as their forms allow: longer texts, more entries in lists. */
function largestBody(
  { catalogue, city, bodyBytesMax }: Subject,
  taken: readonly Taken[],
): { readonly item: Item; readonly body: SubmissionBody } {
  const grown = taken
    .map(({ message: { item, body } }) => ({ item, body }))
    .toSorted((a, b) => sizeOf(b.body) - sizeOf(a.body))
    .slice(0, LARGE_ITEMS)
    .map(({ item, body }) => ({
      item,
      body: grow(body, (larger) => {
        if (sizeOf(larger) > bodyBytesMax) return false
        try {
          catalogue.validate(item, city.key, larger)
          return true
        } catch {
          return false
        }
      }),
    }))
  return grown.reduce((a, b) => (sizeOf(b.body) > sizeOf(a.body) ? b : a))
}

const sizeOf = (body: SubmissionBody): number => Buffer.byteLength(JSON.stringify(body))

/** Doubles each list, then each Chinese text, of the form while what comes out is valid. */
function grow(body: SubmissionBody, isValid: (body: SubmissionBody) => boolean): SubmissionBody {
  let largest = body
  const { lists, texts } = placesIn(body.form, [])
  for (const path of [...lists, ...texts]) {
    for (let step = 0; step < DOUBLINGS_MAX; step += 1) {
      const larger = structuredClone(largest)
      doubleAt(larger.form, path)
      if (!isValid(larger)) break
      largest = larger
    }
  }
  return largest
}

type Path = readonly string[]

/** Where lists and Chinese texts stand; those within lists come first, so that longer entries are doubled too. */
function placesIn(value: unknown, path: Path): { readonly lists: readonly Path[]; readonly texts: readonly Path[] } {
  if (typeof value === 'string') return { lists: [], texts: /\p{Script=Han}/u.test(value) ? [path] : [] }
  if (typeof value !== 'object' || value === null) return { lists: [], texts: [] }
  const found = Object.entries(value).map(([key, member]) => placesIn(member, [...path, key]))
  return {
    lists: [...found.flatMap(({ lists }) => lists), ...(Array.isArray(value) ? [path] : [])],
    texts: found.flatMap(({ texts }) => texts),
  }
}

function doubleAt(form: SubmissionBody['form'], path: Path): void {
  const holder = path.slice(0, -1).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], form)
  const key = path.at(-1) ?? ''
  const members = holder as Record<string, unknown>
  const value = members[key]
  members[key] = Array.isArray(value) ? [...value, ...structuredClone(value)] : `${String(value)}${String(value)}`
}
