// Masks what a report must not show of an exchange: people's numbers, names and addresses, keys and tokens.

import type { SubmissionBody } from '../../domain/submission.ts'

/** Headers and members whose values are credentials in some protocol. */
const CREDENTIAL = /authorization|token|secret|password|sqzcm|api-?key|cookie/i

/** The commonest family names: what a whole short value begins with is then taken for a name. */
const FAMILY_NAMES = new Set(
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤',
)

/** yyyyMMddHHmmss of this century: when something was sent, which tells of nobody. */
const MOMENT = /^20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}$/

const SHOWN_MAX = 4000

/**
 * What may be shown of a text of the wire. `known`: values that are personal whatever they look like. `records`: the answer
 * holds somebody's records, so that neither Chinese nor longer numbers of it are shown.
 */
export function mask(text: string, known: readonly string[], records: boolean): string {
  let shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)} … (${text.length})` : text
  for (const value of known) shown = shown.replaceAll(value, starred(value))
  shown = shown
    // Members of JSON and elements of XML (escaped ones too) that hold credentials.
    .replace(/("[^"]*"\s*:\s*")([^"]*)"/g, (all, head: string, value: string) =>
      CREDENTIAL.test(head) ? `${head}${starred(value)}"` : all,
    )
    .replace(/(<|&lt;)([\w:.-]+)(>|&gt;)([^<&]*)/g, (all, open: string, tag: string, end: string, value: string) =>
      CREDENTIAL.test(tag) ? `${open}${tag}${end}${starred(value)}` : all,
    )
    // Identity numbers, numbers of firms and passports, mobiles, accounts. Numbers with hyphens are the cases' own.
    .replace(/(?<![\w-])[0-9]{17}[0-9Xx](?!\w)|(?<![\w-])[0-9A-Z]{18}(?!\w)/g, starred)
    .replace(/(?<![\w.-])1[3-9][0-9]{9}(?![\w])/g, starred)
    .replace(/(?<![\w.-])[0-9]{14,}(?!\w)/g, (digits) => (MOMENT.test(digits) ? digits : starred(digits)))
  if (records) return shown.replace(/\p{Script=Han}+|(?<![\w-])[0-9.]{5,}(?![\w-])/gu, starred)
  return shown
    .replace(/(?<=["'>=;])\p{Script=Han}{2,4}(?=["'<&])/gu, (value) =>
      FAMILY_NAMES.has(value.charAt(0)) ? starred(value) : value,
    )
    .replace(
      /[\p{Script=Han}0-9-]*(?:路|街|巷|村|镇)[\p{Script=Han}0-9-]*(?:号|室|楼|组)[\p{Script=Han}0-9-]*/gu,
      starred,
    )
}

/** The header's value as a report may show it. */
export function maskHeader(name: string, value: string): string {
  return CREDENTIAL.test(name) ? starred(value) : value
}

/** Every value of a body that says who somebody is or where they live. */
export function personalIn(body: SubmissionBody): readonly string[] {
  const found = new Set<string>()
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      if (value.length > 1 && /name|certNo|mobile|address|uscc|account|phone|photo/i.test(name)) found.add(value)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) walk(member, Array.isArray(value) ? name : key)
    }
  }
  walk(body, '')
  // Longer ones first: a name may stand within an address.
  return [...found].toSorted((a, b) => b.length - a.length)
}

function starred(value: string): string {
  const letters = Array.from(value)
  return letters.length < 2 ? '*' : `${letters[0] ?? ''}${'*'.repeat(Math.min(letters.length - 1, 5))}`
}
