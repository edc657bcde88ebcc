// Words Anshan's answers: its codes with their HTTP statuses, its reasons, and the keys that it cannot take.

import type { Refusal, RefusalKind } from '../cases.ts'
import type { WireReply } from './wire.ts'

const CODES = {
  0: [200, '成功'],
  1001: [200, '报文格式错误'],
  1002: [200, '参数缺失或不合法'],
  1003: [200, '游标无效'],
  2001: [200, '不予受理'],
  2002: [200, '外部办件编号重复'],
  2004: [200, '未查询到办件'],
  2011: [200, '当前状态不可补正'],
  2012: [200, '补正序号不连续'],
  2013: [200, '补正序号重复'],
  2021: [200, '当前状态不可撤回'],
  2031: [200, '文件不予接收'],
  2032: [200, '文件编号重复'],
  9000: [200, '系统内部错误'],
  40101: [401, '签名验证失败'],
  40102: [401, '应用标识或算法无效'],
  40103: [401, '请求时间超出允许范围'],
  40400: [404, '服务不存在'],
  40500: [405, '请求方法错误'],
  41300: [413, '请求内容过大'],
  41500: [415, '内容类型不支持'],
  50300: [503, '系统维护中'],
} as const

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: '6101',
  competence: '6102',
  identifier: '6103',
  incomplete: '6104',
  applicant: '6105',
}

export function reply(retcode: keyof typeof CODES, data?: object): WireReply {
  const [status, retmsg] = CODES[retcode]
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify({ retcode, retmsg, data })),
  }
}

export const misfitAt = (key: string): WireReply => reply(1002, { key })

export const withHeaders = (said: WireReply, headers: WireReply['headers']): WireReply => ({
  ...said,
  headers: { ...said.headers, ...headers },
})

export const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ reason_code: REASON_CODES[kind], reason_text: message }))
