// Takes what follows an application in Fushun (0105, 0106) or comes before it (0107): corrections, withdrawals and files.

import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { STATUSES } from './fushun-news.ts'
import { FUTURE_MS_MAX, readCorrection } from './fushun-record.ts'
import { type Answer, reason, says } from './fushun-replies.ts'
import { CASE_REFERENCE } from './shape.ts'
import { tag, type XmlElement } from './xml.ts'

/** `now`: the city's clock, in milliseconds since 1970. */
export async function correct(reference: string, record: XmlElement, desk: Desk, now: number): Promise<Answer> {
  const read = readCorrection(reference, record, now)
  if (read.kind === 'misfit') return says(read.code, [], read.path)
  const { submission, correctionNo } = read.correction
  if (CASE_REFERENCE.exec(reference)?.[2] !== submission.leg) return says('-901')
  const corrected = await desk.correct(read.correction)
  switch (corrected.kind) {
    case 'taken': {
      const numbers = tag('YWXTBH', reference) + tag('BZXH', String(correctionNo))
      return says('0', [numbers + tag('BJZT', STATUSES[corrected.status])])
    }
    case 'refused':
      return says('-910', corrected.refusals.map(reason))
    case 'unknown':
      return says('2')
    case 'not-asked-for':
      return says('-920', [tag('BJZT', STATUSES[corrected.status])])
    case 'out-of-order':
      return says('-921', [tag('BZXH', String(corrected.expected))])
    case 'other-content':
      return says('-922')
  }
}

/** Texts of a RECORD of leaves, each once and matching; else the tag of the first that is not. */
function leavesOf(
  record: XmlElement,
  required: Readonly<Record<string, RegExp>>,
  optional: Readonly<Record<string, RegExp>>,
): ReadonlyMap<string, string> | string {
  const patterns = { ...optional, ...required }
  const texts = new Map(record.children.map(({ name, text }) => [name, text]))
  if (record.name !== 'RECORD' || record.text !== '' || texts.size !== record.children.length) return 'RECORD'
  const strange = record.children.find(({ name, namespace, children, text }) => {
    const pattern = Object.hasOwn(patterns, name) ? patterns[name] : undefined
    return namespace !== null || children.length > 0 || pattern === undefined || !pattern.test(text)
  })
  const missing = strange?.name ?? Object.keys(required).find((name) => !texts.has(name))
  return missing === undefined ? texts : `RECORD/${missing}`
}

const CASE_NUMBER = /^210400-[0-9]{4}-[0-9]{6}$/

export async function withdraw(reference: string, record: XmlElement, desk: Desk, now: number): Promise<Answer> {
  const texts = leavesOf(record, { SLSJ: /^[0-9]{14}$/ }, { BJBH: CASE_NUMBER, CHYY: /^.{1,200}$/su })
  if (typeof texts === 'string') return says('-904', [], texts)
  const takenAt = readBeijingTime(texts.get('SLSJ')!, 'compact')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return says('-904', [], 'RECORD/SLSJ')
  const [backendCaseNo, why] = [texts.get('BJBH') ?? null, texts.get('CHYY') ?? null]
  const withdrawn = await desk.withdraw({ reference, backendCaseNo, reason: why })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return says('0', [tag('YWXTBH', reference) + tag('BJZT', STATUSES.withdrawn)])
    case 'unknown':
      return says('2')
    case 'too-late':
      return says('-923', [tag('BJZT', STATUSES[withdrawn.status])])
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = { '1': 'application/pdf', '2': 'image/jpeg', '3': 'image/png' }
const FILE = {
  CLBH: /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/,
  CLBM: /^[a-z][a-z0-9-]{0,79}$/,
  WJMC: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  WJLX: /^[123]$/,
  WJZY: /^[0-9a-f]{64}$/,
}

/** `content`: the bytes in Base64, as they stand in the envelope. */
export async function takeFile(reference: string, record: XmlElement, content: string, desk: Desk): Promise<Answer> {
  const texts = leavesOf(record, FILE, {})
  if (typeof texts === 'string') return says('-904', [], texts)
  const bytes = Buffer.from(content, 'base64')
  // The decoder passes over what is none.
  if (bytes.length === 0 || bytes.toString('base64') !== content) return says('-904', [], 'content')
  const textOf = (name: keyof typeof FILE): string => texts.get(name)!
  const materialId = textOf('CLBH')
  const taken = await desk.takeMaterial({
    reference,
    materialId,
    code: textOf('CLBM'),
    name: textOf('WJMC'),
    mediaType: MEDIA_TYPES[textOf('WJLX')]!,
    digest: textOf('WJZY'),
    bytes,
  })
  switch (taken.kind) {
    case 'taken':
      return says('0', [tag('YWXTBH', reference) + tag('CLBH', materialId)])
    case 'other-content':
      return says('-924')
    case 'misfit':
      return MISFITS[taken.what]
  }
}

const MISFITS = {
  name: says('-904', [], 'RECORD/WJMC'),
  digest: says('-904', [], 'RECORD/WJZY'),
  size: says('-910', [tag('YYDM', '06') + tag('YYSM', '文件大小不符合要求')]),
  'media-type': says('-910', [tag('YYDM', '07') + tag('YYSM', '文件内容与类型不符')]),
} as const
