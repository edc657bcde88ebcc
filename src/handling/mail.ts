// A mailing (寄送): the papers that a window has collected follow by mail to the city that decides, with a number to trace them by.

import type { Mailing } from '../domain/acts.ts'
import type { Caller, Handled } from '../domain/caller.ts'
import type { CaseRecord, LegView } from '../domain/case-record.ts'
import { isOpen } from '../domain/case-states.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { currentLegs } from '../domain/leg-place.ts'
import { maySendOn } from '../identity/rights.ts'
import { perform, type Asking } from './acts.ts'
import { legRule } from './legs.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'
import { whyNot } from './refusals.ts'

const CARRIER_CHARACTERS_MAX = 40
const TRACKING_NO = /^[0-9A-Za-z-]{6,40}$/

/**
 * Takes `{ carrier, trackingNo, materials }`: which of the papers that the window has seen were posted, to the city of `legKey`, by
 * default of the leg that decides. Nothing is sent to the city: its paper is on the way. Throws what `perform` throws, FORM_INVALID,
 * PARAMETER_INVALID, or CASE_STATE_REFUSES once the case is decided or at its end.
 */
export async function mail(parts: Parts, caller: Caller, asking: Asking, legKey: string | undefined): Promise<Handled> {
  maySendOn(caller.principal)
  return perform(parts, caller, asking, (record, item) => {
    if (!isOpen(record.state))
      throw new Fault('CASE_STATE_REFUSES', { caseNo: record.caseNo, detail: whyNot('mailing', record.state) })
    const { leg } = legOf(record, item, legKey)
    return { act: { kind: 'mailing', leg, mailing: mailingOf(asking.received.value, record) }, call: null, city: null }
  })
}

function legOf({ legs, caseNo }: CaseRecord, item: Item, legKey: string | undefined): LegView {
  const current = currentLegs(legs)
  const leg =
    legKey === undefined
      ? (current.find((one) => legRule(item, one.leg).does === 'decide') ?? current[0])
      : current.find((one) => one.leg === legKey)
  if (leg !== undefined) return leg
  const list = current.map((one) => one.leg).join(', ')
  const message = { zh: `本办件的环节为：${list}。`, en: `The legs of this case are: ${list}.` }
  throw new Fault('PARAMETER_INVALID', { caseNo, errors: [{ pointer: '?leg', rule: 'enum', message }] })
}

function mailingOf(value: unknown, record: CaseRecord): Mailing {
  const { members, errors } = membersOf(value, ['carrier', 'trackingNo', 'materials'])
  const { carrier, trackingNo, materials } = members
  const isCarrier = typeof carrier === 'string' && carrier.trim() !== '' && carrier.length <= CARRIER_CHARACTERS_MAX
  if (!isCarrier) errors.push(CARRIER)
  const isNumber = typeof trackingNo === 'string' && TRACKING_NO.test(trackingNo)
  if (!isNumber) errors.push(NUMBER)
  const papers = papersSeen(record)
  const codes = Array.isArray(materials) ? (materials as readonly unknown[]) : []
  if (codes.length === 0 || new Set(codes).size !== codes.length) errors.push(NOTHING)
  for (const [index, code] of codes.slice(0, papers.length + 1).entries()) {
    if (!papers.includes(code as string)) errors.push(notSeen(index, papers))
  }
  if (errors.length > 0 || !isCarrier || !isNumber) throw new Fault('FORM_INVALID', { errors })
  return { carrier: carrier.trim(), trackingNo, materials: codes as readonly string[] }
}

/** Of every version: what was wanting at first is seen at the window with the correction. */
function papersSeen({ body, acts }: CaseRecord): readonly string[] {
  const versions = [body, ...acts.flatMap((act) => act.body ?? [])]
  const seen = versions.flatMap(({ materials = [] }) => materials).filter(({ held }) => held === 'seenAtWindow')
  return [...new Set(seen.map(({ code }) => code))]
}

const CARRIER: FieldError = {
  pointer: '/carrier',
  rule: 'maxLength',
  message: { zh: '须写明寄递企业，1 至 40 字。', en: 'Names the carrier, in 1 to 40 characters.' },
}
const NUMBER: FieldError = {
  pointer: '/trackingNo',
  rule: 'pattern',
  message: {
    zh: '运单号为 6 至 40 位字母、数字或连字符。',
    en: 'The tracking number has 6 to 40 letters, digits or hyphens.',
  },
}
const NOTHING: FieldError = {
  pointer: '/materials',
  rule: 'minItems',
  message: {
    zh: '须列出所寄材料的代码，至少一份，不得重复。',
    en: 'Lists the codes of what was posted: at least one, none twice.',
  },
}

const notSeen = (index: number, papers: readonly string[]): FieldError => ({
  pointer: `/materials/${index}`,
  rule: 'enum',
  message:
    papers.length === 0
      ? {
          zh: '本办件没有窗口核验的原件，无可寄送。',
          en: 'No original of this case was seen at a window: there is none to post.',
        }
      : {
          zh: `只能寄送窗口核验的原件：${papers.join('、')}。`,
          en: `Only originals that the window has seen can be posted: ${papers.join(', ')}.`,
        },
})
