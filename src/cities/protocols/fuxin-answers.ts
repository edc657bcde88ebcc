// Reads what Fuxin's answers have in common: code and content, statuses, reasons, and how a call is said to have failed.

import type { Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import { garbled, readText, reasonsIn, refuseServerError } from '../decoding.ts'
import { notDone, type Reading } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'
import { childOf, childrenOf, textOf, xmlReader, type Parsed } from '../xml.ts'

export interface Said {
  /** 返回码, five digits. */
  readonly code: string
  /** 返回信息: for people, and not to be relied on. */
  readonly words: string
  /** The content of `shuju`; undefined where there is none. */
  readonly data: Parsed | undefined
}

const DECLARATION = /^<\?xml version=["']1\.0["'] encoding=["']utf-8["']/i

const readXml = xmlReader(['row'])

/** A page for people has status 200 as well: what is not this protocol's XML is no answer, and nothing is known. */
export function read(answer: WireAnswer): Said {
  refuseServerError(answer)
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const text = readText(answer, 'application/xml', 'utf-8')
  if (!DECLARATION.test(text)) throw garbled('XML declaration')
  const root = childOf(readXml(text), 'xiangying')
  if (root === undefined) throw garbled('another root than xiangying')
  const code = textOf(root, 'fanhuima') ?? ''
  if (!/^[0-9]{5}$/.test(code)) throw garbled('fanhuima')
  return { code, words: textOf(root, 'fanhuixinxi') ?? '', data: childOf(root, 'shuju') }
}

/** An answer about another reference would settle our case by a stranger's. */
export function about(reference: string, data: Parsed | undefined): Parsed | undefined {
  if (textOf(data, 'yewubianhao') !== reference) throw garbled('another yewubianhao')
  return data
}

/** 办件状态, and after a point 状态细分 where there is one: `07.1`. Undefined where there is no status. */
export function statusIn(parent: Parsed | undefined): string | undefined {
  const status = textOf(parent, 'banjianzhuangtai')
  const detail = textOf(parent, 'zhuangtaixifen')
  return status === undefined || detail === undefined ? status : `${status}.${detail}`
}

/** Throws CITY_GARBLED where there are none, or one without a code. */
export function refusal(parent: Parsed | undefined): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  const rows = childrenOf(childOf(parent, 'liyou'), 'row')
  return { kind: 'refused', reasons: reasonsIn(rows, 'liyoubianma', 'liyoushuoming') }
}

/** The codes by which the city says that it did not carry out a call. */
export function readCode(code: string): Reading<never> {
  switch (code) {
    case '10001':
    case '10002':
    case '10003':
    case '10004':
    case '10005':
    case '10006':
      return notDone('CITY_MESSAGE_REFUSED')
    case '20001':
      // The first one under this reference stands: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '40001':
    case '40002': // the clocks are too far apart, which the line's own watch shows
    case '40003':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '90002':
      return notDone('CITY_IN_MAINTENANCE')
    case '90003':
      return notDone('CITY_BUSY')
    case '90001':
      throw new Fault('CITY_ERROR', { cause: new Error('fanhuima 90001') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}
