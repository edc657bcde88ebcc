// What Liaoyang says to a call: its codes with their words, its reasons, and the members that it finds fault with.

import type { Refusal, RefusalKind } from '../cases.ts'
import { FieldMisfit } from './liaoyang-form.ts'
import { misfit, type Shape } from './shape.ts'

export const MESSAGES = {
  0: '成功',
  40000: '信封格式错误',
  40001: '报文不是约定的格式',
  40002: '字段缺失或不合规',
  40100: '应用未登记',
  40101: '验签失败',
  40102: '时间戳超出允许范围',
  40103: '随机串重复',
  40104: '解密失败',
  40400: '服务不存在',
  40401: '未查到该业务',
  40901: '业务流水号重复',
  40902: '补正序号不连续',
  40903: '内容与前次不同',
  41300: '报文过大',
  42201: '不予受理',
  50001: '系统异常',
  50301: '系统繁忙或维护中',
} as const
export type Code = keyof typeof MESSAGES

export type Body = Readonly<Record<string, unknown>>
export type Said = { readonly code: Code; readonly message: string; readonly data?: object }

export const says = (code: Code, data?: object): Said => ({
  code,
  message: MESSAGES[code],
  ...(data === undefined ? {} : { data }),
})

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'R01',
  competence: 'R02',
  identifier: 'R03',
  incomplete: 'R04',
  applicant: 'R05',
}

export const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ code: REASON_CODES[kind], text: message }))

/** Throws FieldMisfit. */
export function fits(body: Body, shape: Shape): void {
  const wrong = misfit(body, shape)
  if (wrong !== null) throw new FieldMisfit(wrong)
}
