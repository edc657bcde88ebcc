// Words Fushun's answers before they are wrapped: its codes, its reasons, and what they are about.

import type { Refusal, RefusalKind } from '../cases.ts'
import { tag } from './xml.ts'

export const MESSAGES: Readonly<Record<string, string>> = {
  '0': '成功',
  '1': '查无此记录',
  '2': '查无此办件',
  '-50': '许可证校验错误',
  '-901': '业务协同编号缺失或格式错误',
  '-902': '业务协同编号重复',
  '-903': '申请人或代理人信息缺失或格式错误',
  '-904': '业务信息缺失或格式错误',
  '-905': '表单内容缺失或格式错误',
  '-906': '发送时间错误',
  '-907': '报文头错误',
  '-908': '游标无效',
  '-910': '不予受理',
  '-920': '办件不在待补正状态',
  '-921': '补正序号不连续',
  '-922': '补正序号重复',
  '-923': '办件已不能撤回',
  '-924': '材料编号重复',
  '-999': '系统异常',
}

const REASON_CODES: Readonly<Record<RefusalKind, string>> = {
  item: '01',
  competence: '02',
  identifier: '03',
  incomplete: '04',
  applicant: '05',
}

/** Inner answer before it is wrapped: code, records (each written XML), and what to say after the message. */
export interface Answer {
  readonly code: string
  readonly records: readonly string[]
  readonly at?: string
}

export const says = (code: string, records: readonly string[] = [], at?: string): Answer => ({
  code,
  records,
  ...(at === undefined ? {} : { at }),
})

export const reason = ({ kind, message }: Refusal): string => tag('YYDM', REASON_CODES[kind]) + tag('YYSM', message)
