// Words Shenyang's answers: its codes, its reasons, and the fields that it cannot take.

import type { Refusal, RefusalKind } from '../cases.ts'
import type { WireReply } from './wire.ts'

const MESSAGES = {
  '0000': '成功',
  '1001': '报文格式错误',
  '1002': '必填项缺失或格式不符',
  '1003': '游标无效',
  '2001': '办件编号重复',
  '2002': '未查到办件',
  '2003': '办件不在待补正状态',
  '2004': '补正序号不连续',
  '2005': '补正序号重复',
  '2006': '办件已不能撤回',
  '2007': '附件编号重复',
  '3001': '不予受理',
  '4010': '签名错误',
  '4011': '请求时间超出允许范围',
  '4012': '签名密钥已过期',
  '4013': '请求方未登记',
  '4014': '服务标识与地址不符',
  '4040': '服务不存在',
  '5000': '系统异常',
} as const

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: 'B01',
  competence: 'B02',
  identifier: 'B03',
  incomplete: 'B04',
  applicant: 'B05',
}

export const reply = (code: keyof typeof MESSAGES, data: object | null = null): WireReply => ({
  status: 200,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: Buffer.from(JSON.stringify({ code, msg: MESSAGES[code], data })),
})

export const misfitAt = (field: string): WireReply => reply('1002', { field })

export const reasons = (refusals: readonly Refusal[]) =>
  refusals.map(({ kind, message }) => ({ reason_code: REASON_CODES[kind], reason_desc: message }))
