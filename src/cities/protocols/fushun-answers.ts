// Reads what all of Fushun's answers have in common: envelope, the string inside it, code, records, reasons (docs/wire/fushun.md).

import type { Reason } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import { garbled, readText, reasonsIn, tokenIn } from '../decoding.ts'
import { answered, notDone, type Reading } from '../protocol.ts'
import type { WireAnswer } from '../wire.ts'
import { childOf, childrenOf, textOf, xmlReader, type Parsed } from '../xml.ts'

/** 业务分类代码 of each call. */
export const KINDS = {
  query: '0101',
  deliver: '0102',
  enquire: '0103',
  news: '0104',
  correct: '0105',
  withdraw: '0106',
  file: '0107',
  health: '0199',
} as const
export type Kind = keyof typeof KINDS

/** Operations that are not the usual one. */
const OPERATIONS: Readonly<Partial<Record<Kind, string>>> = { file: 'upload' }
export const operationOf = (kind: Kind): string => OPERATIONS[kind] ?? 'process'

const readXml = xmlReader(['ROW', 'RECORD'])

export interface Package {
  readonly code: string
  /** The city's words with it, for people. */
  readonly words: string
  readonly records: readonly Parsed[]
}

/** The inner answer. A Fault that blames us has taken no effect; one that blames the city, nobody knows. */
export function readPackage(answer: WireAnswer, kind: Kind, reference: string): Reading<Package> {
  if (answer.status === 500 && faultCode(answer) === 'Client') return notDone('CITY_MESSAGE_REFUSED')
  if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)

  const returned = textOf(childOf(bodyOf(answer), `${operationOf(kind)}Response`), 'return')
  if (returned === undefined) throw garbled('no return')
  const inner = childOf(readXml(returned), 'PACKAGE')
  const head = childOf(inner, 'PACKAGEHEAD')
  // Absent where the city could not read them; but another's would settle our case by a stranger's answer.
  if ((textOf(head, 'YWXTBH') ?? reference) !== reference) throw garbled('another YWXTBH')
  if ((textOf(head, 'ZAGLYWFLDM') ?? KINDS[kind]) !== KINDS[kind]) throw garbled('another ZAGLYWFLDM')
  const records = childrenOf(childOf(inner, 'DATA'), 'RECORD')
  return answered({ code: tokenIn(textOf(head, 'CODE')), words: textOf(head, 'MESSAGE') ?? '', records })
}

function bodyOf(answer: WireAnswer): Parsed | undefined {
  return childOf(childOf(readXml(readText(answer, 'text/xml', 'gb18030')), 'Envelope'), 'Body')
}

/** `Client` or `Server`, without its prefix; '' where the answer holds no readable Fault. */
function faultCode(answer: WireAnswer): string {
  try {
    return textOf(childOf(bodyOf(answer), 'Fault'), 'faultcode')?.replace(/^.*:/, '') ?? ''
  } catch {
    return ''
  }
}

export function about(message: { readonly reference: string }, records: readonly Parsed[]): Parsed {
  const record = only(records)
  if (textOf(record, 'YWXTBH') !== message.reference) throw garbled('another YWXTBH')
  return record
}

/** All answers but a refusal have one record. */
export function only(records: readonly Parsed[]): Parsed {
  const [record] = records
  if (record === undefined || records.length > 1) throw garbled('not one RECORD')
  return record
}

export function refused(rows: readonly Parsed[]): { readonly kind: 'refused'; readonly reasons: readonly Reason[] } {
  return { kind: 'refused', reasons: reasonsIn(rows, 'YYDM', 'YYSM') }
}

/** The codes by which the city says that it did not carry out a call. */
export function readCode(code: string): Reading<never> {
  switch (code) {
    case '-50':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '-901':
    case '-903':
    case '-904':
    case '-905':
    case '-906':
    case '-907':
    case '-908':
      return notDone('CITY_MESSAGE_REFUSED')
    case '-902':
      // Something was taken or refused under this reference before: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '-999':
      throw new Fault('CITY_ERROR', { cause: new Error('code -999') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}
