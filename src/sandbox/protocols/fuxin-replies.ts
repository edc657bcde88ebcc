// Words Fuxin's answers, and finds what does not fit in a content that holds texts alone.

import { document, type Element, tag } from './fuxin-xml.ts'
import type { WireReply } from './wire.ts'

const MESSAGES = {
  '00000': '成功',
  '00001': '查询成功，无记录',
  '10001': '报文格式错误',
  '10002': '数据项缺失或格式不符',
  '10003': '报文超长',
  '10004': '交易码不存在',
  '10005': '地址或方法错误',
  '10006': '游标无效',
  '20001': '业务编号重复',
  '20002': '未查到办件',
  '20003': '办件不在补正状态',
  '20004': '补正序号不连续',
  '20005': '补正序号重复',
  '20006': '办件已不能撤回',
  '20007': '材料编号重复',
  '30001': '不予受理',
  '40001': '签名错误',
  '40002': '时间戳超出允许范围',
  '40003': '应用未登记',
  '90001': '系统异常',
  '90002': '系统维护中',
} as const

/** An answer in the protocol's words; `content` is what stands in `shuju`, null = none. */
export function reply(code: keyof typeof MESSAGES, content: string | null = null): WireReply {
  const told = tag('fanhuima', code) + tag('fanhuixinxi', MESSAGES[code])
  return {
    status: 200,
    headers: { 'content-type': 'application/xml;charset=UTF-8' },
    body: document(tag('xiangying', [told, content === null ? '' : tag('shuju', [content])])),
  }
}

/** Tells which element is missing, unknown or malformed. */
export const misfitAt = (path: string): WireReply => reply('10002', tag('cuowuxiang', path))

/** The texts of the content by name, or the path of what does not fit. */
export function textsOf(
  { children }: Element,
  required: Readonly<Record<string, RegExp>>,
  optional: Readonly<Record<string, RegExp>> = {},
): { readonly texts: ReadonlyMap<string, string> } | { readonly misfit: string } {
  const patterns = new Map([...Object.entries(required), ...Object.entries(optional)])
  const texts = new Map(children.map((child) => [child.name, child.text]))
  const wrong =
    children.find((child) => child.children.length > 0 || patterns.get(child.name)?.test(child.text) !== true)?.name ??
    Object.keys(required).find((name) => !texts.has(name))
  return wrong === undefined ? { texts } : { misfit: wrong }
}
