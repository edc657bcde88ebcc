// Reads what an operator wants done with a message to a city.

import { DELIVERY_STATES, type DeliveryState } from '../domain/delivery.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import {
  DELIVERY_ACTS,
  GIVE_UP_CLASSES,
  type DeliveryAct,
  type GiveUpClass,
  type OpenDelivery,
} from '../domain/open-delivery.ts'
import { membersOf } from './members.ts'
import { wrongReason } from './operator-words.ts'

export interface Wish {
  readonly act: DeliveryAct
  readonly reason: string
  readonly state: DeliveryState | null
  readonly backendCaseNo: string | null
  readonly reasonClass: GiveUpClass | null
}

/** Throws Fault FORM_INVALID, naming each member that is wrong. */
export function wishOf(value: unknown, { kind, backendCaseNo: known }: OpenDelivery): Wish {
  const { members, errors } = membersOf(value, ['act', 'reason', 'state', 'backendCaseNo', 'reasonClass'])
  const { reason, backendCaseNo: number = null } = members
  const act = DELIVERY_ACTS.find((one) => one === members['act'])
  if (act === undefined) errors.push(ACT)
  const wrong = wrongReason(reason)
  if (wrong !== null) errors.push(wrong)
  const state = DELIVERY_STATES.find((one) => one === members['state']) ?? null
  if (members['state'] !== undefined && state === null) errors.push(STATE)
  const takesNumber = act === 'mark-delivered' && kind === 'application'
  if (takesNumber ? !isNumber(number ?? known) : number !== null) errors.push(NUMBER)
  const reasonClass = GIVE_UP_CLASSES.find((one) => one === members['reasonClass']) ?? null
  if (
    (act === 'give-up') !== (reasonClass !== null) ||
    (members['reasonClass'] !== undefined && reasonClass === null)
  ) {
    errors.push(CLASS)
  }
  if (errors.length > 0 || act === undefined || typeof reason !== 'string') throw new Fault('FORM_INVALID', { errors })
  return { act, reason: reason.trim(), state, backendCaseNo: typeof number === 'string' ? number : null, reasonClass }
}

/** As cities write their numbers; what looks like the number of a person or a telephone is none. */
const isNumber = (value: unknown): boolean =>
  typeof value === 'string' && /^[^\s\p{C}]{1,64}$/u.test(value) && !/^(?:1[3-9]\d{9}|\d{17}[\dXx])$/.test(value)

/** What clerk and applicant read in the case. */
export const SHOWN: Readonly<Record<GiveUpClass, string>> = {
  'city-cannot-take-it':
    '该城市的系统无法接收，请到其窗口办理 · The city’s system cannot take it: turn to its service window',
  'handled-otherwise': '已以其他方式办理 · It has been handled in another way',
  'filed-twice': '与另一办件重复 · The same was filed in another case',
  other: '运维人员已停止办理，请咨询收件窗口 · It was stopped by an operator: ask where it was filed',
}

const ACT: FieldError = {
  pointer: '/act',
  rule: 'enum',
  message: {
    zh: '须为 redrive（重新投递）、mark-delivered（确认已送达）或 give-up（放弃）。',
    en: 'Must be redrive, mark-delivered or give-up.',
  },
}
const STATE: FieldError = {
  pointer: '/state',
  rule: 'enum',
  message: { zh: '须为所见的消息状态，可不填。', en: 'Must be the state that you saw, or be left out.' },
}
const NUMBER: FieldError = {
  pointer: '/backendCaseNo',
  rule: 'required',
  message: {
    zh: '确认申请已送达时须填写城市的办件编号（1 至 64 个字符，不含空格，不是证件号码或电话），其他情况不填。',
    en: 'To mark an application as delivered, state the city’s own number: 1 to 64 characters without spaces, no document or telephone number. Leave it out for all else.',
  },
}
const CLASS: FieldError = {
  pointer: '/reasonClass',
  rule: 'enum',
  message: {
    zh: `放弃时须填写向申请人显示的原因：${GIVE_UP_CLASSES.join('、')}；其他情况不填。`,
    en: `To give up, state what the applicant is shown: ${GIVE_UP_CLASSES.join(', ')}. Leave it out for all else.`,
  },
}
