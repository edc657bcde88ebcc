// Raw calls in Fuxin's protocol, written from docs/wire/fuxin.md and its dictionary.

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { openCity, type SandboxCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import type { Sample } from './catalogue-samples.ts'
import { newCaseNo } from './submissions.ts'

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly code: string
  /** Content of `shuju`: elements as members, rows always as a list; null where there is none. */
  readonly data: Readonly<Record<string, unknown>> | null
}

type Members = Readonly<Record<string, unknown>>

export const openFuxin = (folder: string): Promise<SandboxCity> => {
  const place = PLACES.find(({ city }) => city === 'fuxin')!
  return openCity({ place: { ...place, protocol: 'fuxin', isAsynchronous: false }, folder })
}

export const keyOf = (folder: string): string => readFileSync(join(folder, 'secrets/fuxin'), 'utf8').split('\n')[0]!

export const compact = (moment: number): string =>
  new Date(moment + 8 * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')

export const sign = (key: string, time: string, code: string, content: string): string =>
  createHmac('sha256', key).update(`${time}\n${code}\n${content}`).digest('hex')

export const message = (code: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<qingqiu><jiaoyima>${code}</jiaoyima><shuju>${content}</shuju></qingqiu>`

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => name === 'row',
  htmlEntities: false,
})

/** A text that is signed and sent as it is, with headers replaced afterwards. */
export async function send(
  address: string,
  text: string | Buffer,
  headers: Readonly<Record<string, string>>,
  path = '/kytb/jieru',
): Promise<Answer> {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/xml; charset=UTF-8', 'x-fuxin-yingyong': 'KYTBWG', ...headers },
    body: typeof text === 'string' ? text : new Uint8Array(text),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const type = response.headers.get('content-type') ?? ''
  const answer = type.includes('xml') ? bytes.toString() : ''
  const root = answer === '' ? {} : ((parser.parse(answer) as Members)['xiangying'] as Members)
  const data = root['shuju']
  return {
    status: response.status,
    type,
    text: answer === '' ? new TextDecoder('gbk').decode(bytes) : answer,
    code: String(root['fanhuima']),
    data: typeof data === 'object' ? (data as Members) : null,
  }
}

export function call(
  address: string,
  key: string,
  code: string,
  content: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const time = changes['x-fuxin-shijian'] ?? compact(Date.now())
  return send(address, message(code, content), {
    'x-fuxin-shijian': time,
    'x-fuxin-qianming': sign(key, time, code, content),
    ...changes,
  })
}

const [, ...ROWS] = readFileSync(join(import.meta.dirname, '../../docs/wire/fuxin-dictionary.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t') as [string, string, string, string])
const BY_NAME = new Map(ROWS.map(([name, tag, kind]) => [name, { tag, kind }]))
const BY_TAG = new Map(ROWS.map(([name, tag, kind]) => [tag, { name, kind }]))

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
export const leaf = (tag: string, text: string | undefined): string =>
  text === undefined ? '' : `<${tag}>${escape(text)}</${tag}>`

const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: { '1': '男', '2': '女' },
  newSex: { '1': '男', '2': '女' },
  maritalState: { unmarried: '未婚', married: '已婚', divorced: '离异', widowed: '丧偶' },
}

/** The members of a form as elements. */
export const elements = (members: object): string =>
  Object.entries(members)
    .map(([name, value]) => {
      const { tag, kind } = BY_NAME.get(name)!
      return `<${tag}>${contentOf(name, kind, value)}</${tag}>`
    })
    .join('')

function contentOf(name: string, kind: string, value: unknown): string {
  if (Array.isArray(value)) {
    return value
      .map((entry) => `<row>${typeof entry === 'string' ? escape(entry) : elements(entry as object)}</row>`)
      .join('')
  }
  if (typeof value === 'object' && value !== null) return elements(value)
  const text = String(value)
  switch (kind) {
    case 'date':
    case 'month':
      return text.replaceAll('-', '')
    case 'flag':
      return text === 'true' ? '是' : '否'
    case 'amount':
      return String(Math.round(Number(text) * 100))
    default:
      return escape(CODES[name]?.[text] ?? text)
  }
}

/** Elements of a result as our members. */
export const membersOf = (given: Members): Members =>
  Object.fromEntries(
    Object.entries(given).map(([tag, value]) => {
      const { name, kind } = BY_TAG.get(tag)!
      return [name, valueOf(name, kind, value)]
    }),
  )

function valueOf(name: string, kind: string, value: unknown): unknown {
  if (kind === 'object') return membersOf(value as Members)
  if (kind === 'list') {
    const rows = value === '' ? [] : (value as { readonly row: readonly (string | Members)[] }).row
    return rows.map((row) => (typeof row === 'string' ? row : membersOf(row)))
  }
  const text = value as string
  const parts = /^(\d{4})(\d{2})(\d{2})?(\d{2})?(\d{2})?(\d{2})?$/.exec(text) ?? []
  switch (kind) {
    case 'date':
      return parts.slice(1, 4).join('-')
    case 'month':
      return parts.slice(1, 3).join('-')
    case 'time':
      return `${parts.slice(1, 4).join('-')}T${parts.slice(4).join(':')}+08:00`
    case 'flag':
      return text === '是'
    case 'number':
      return Number(text)
    case 'amount':
      return (Number(text) / 100).toFixed(2)
    default:
      return Object.entries(CODES[name] ?? {}).find(([, theirs]) => theirs === text)?.[0] ?? text
  }
}

const nth = (list: readonly string[], value: string | undefined): string | undefined =>
  value === undefined ? undefined : String(list.indexOf(value) + 1)

type Texts = Readonly<Record<string, string>>
const digits = (moment: string): string => compact(Date.parse(moment))
const identified = ({ name, certType, certNo }: Texts): string =>
  leaf('xingming', name) + leaf('zhengjianleixing', certType) + leaf('zhengjianhaoma', certNo)

/** A whole submission as the content of `shuju`. */
export function submission({ reference, item, leg }: Texts, sample: Sample): string {
  const { agent, identityCheck, materials } = sample
  const of = sample.applicant as Texts & { legalRepresentative: Texts; contact: Texts }
  const isPerson = of['type'] === 'person'
  const authorization = agent?.['authorization'] as Texts | undefined
  const who = isPerson
    ? identified(of) +
      leaf('shoujihaoma', of['mobile']) +
      leaf('tongxundizhi', of['address']) +
      leaf('youzhengbianma', of['postalCode'])
    : leaf('danweimingcheng', of['name']) +
      leaf('tongyishehuixinyongdaima', of['uscc']) +
      `<fadingdaibiaoren>${identified(of.legalRepresentative)}</fadingdaibiaoren>` +
      `<lianxiren>${leaf('xingming', of.contact['name'])}${leaf('shoujihaoma', of.contact['mobile'])}</lianxiren>` +
      leaf('zhusuo', of['address'])
  const basis = ['power-of-attorney', 'notarized', 'guardianship', 'employer', 'legal-representative']
  const rows = (materials ?? []).map(
    ({ code, held }) =>
      `<row>${leaf('cailiaobianma', code)}${leaf('tigongfangshi', nth(['uploaded', 'seenAtWindow', 'commitment', 'sharedData'], held))}</row>`,
  )
  return [
    leaf('yewubianhao', reference),
    leaf('shixiangbianma', item),
    leaf('huanjiebianma', leg),
    leaf('shoujianshijian', '20261122090000'),
    leaf('banlifangshi', nth(['full-online', 'collect-and-forward', 'joint'], sample.handlingMode)),
    `<shenqingren>${leaf('leixing', isPerson ? '1' : '2')}${who}</shenqingren>`,
    authorization === undefined
      ? ''
      : `<dailiren>${identified(agent as Texts)}${leaf('shoujihaoma', (agent as Texts)['mobile'])}` +
        leaf('dailiyiju', nth(basis, authorization['kind'])) +
        leaf('wenshubianhao', authorization['reference']) +
        leaf('youxiaoqizhi', authorization['until']?.replaceAll('-', '')) +
        '</dailiren>',
    leaf('yongtu', sample.purpose),
    identityCheck === undefined
      ? ''
      : `<shenfenheyan>${leaf('heyanfangshi', nth(['id-card-reader', 'face-match', 'e-certificate', 'document-seen'], identityCheck.how))}` +
        `${leaf('heyanshijian', digits(identityCheck.at))}</shenfenheyan>`,
    `<biaodan>${elements(sample.form)}</biaodan>`,
    materials === undefined ? '' : `<cailiao>${rows.join('')}</cailiao>`,
  ].join('')
}

/** A retirement withdrawal of somebody who is known everywhere; `replace` changes its text. */
export function application(
  caseNo: string = newCaseNo(),
  replace: readonly (readonly [string | RegExp, string])[] = [],
): string {
  const content =
    `<yewubianhao>${caseNo}.decide</yewubianhao><shixiangbianma>hf-retirement-withdrawal</shixiangbianma>` +
    '<huanjiebianma>decide</huanjiebianma><shoujianshijian>20261122180000</shoujianshijian><banlifangshi>2</banlifangshi>' +
    '<shoujiandi>210100</shoujiandi><shenqingren><leixing>1</leixing><xingming>张伟</xingming>' +
    '<zhengjianleixing>111</zhengjianleixing><zhengjianhaoma>210102199003070011</zhengjianhaoma>' +
    '<shoujihaoma>13800000000</shoujihaoma></shenqingren><yongtu>退休提取 &amp; 销户</yongtu><biaodan>' +
    elements({
      fundCentre: '2109',
      accountNo: '210900067890',
      retiredOn: '2026-06-30',
      retirementKind: 'age',
      loanState: 'settled',
      scope: 'all',
      payee: { accountName: '张伟', bankName: '中国建设银行阜新分行', accountNo: '6227000000000000000' },
      declaration: true,
    }) +
    '</biaodan><cailiao><row><cailiaobianma>id-document</cailiaobianma><tigongfangshi>2</tigongfangshi></row></cailiao>'
  return replace.reduce((text, [from, to]) => text.replace(from, to), content)
}
