// What Benxi says, before it is written down: its codes, its reasons.

import type { Refusal, RefusalKind } from '../cases.ts'
import type { Desk } from '../desk.ts'

export const MESSAGES = {
  1: '操作成功',
  0: '不予受理',
  1001: '报文格式错误',
  1002: '参数缺失或不合法',
  1003: '游标无效',
  1004: '报文过大',
  1404: '接口不存在',
  1409: '业务编号重复',
  1410: '业务不存在',
  1411: '补正序号重复',
  1412: '补正序号不连续',
  1413: '当前环节不可补正',
  1414: '当前环节不可撤回',
  1424: '材料获取失败',
  4010: '令牌无效',
  4011: '签名错误',
  4012: '时间戳超出允许范围',
  4013: '随机数已使用',
  9002: '系统维护中',
  9003: '系统繁忙',
  [-1]: '系统异常',
} as const

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'TJ01',
  competence: 'TJ02',
  identifier: 'TJ03',
  incomplete: 'TJ04',
  applicant: 'TJ05',
}

export interface Said {
  readonly code: keyof typeof MESSAGES
  readonly msg?: string
  readonly data?: object
}
export type Params = Readonly<Record<string, unknown>>
export type Answer = (params: Params, desk: Desk, now: number) => Promise<Said>

export const misfitAt = (field: string): Said => ({ code: 1002, data: { FIELD: field } })

export const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ REASON_CODE: REASON_CODES[kind], REASON_TEXT: message }))
