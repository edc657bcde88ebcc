// Makes one event of news from what a city's protocol has read, and takes nothing on trust.

import type { CaseFee, CityNews } from '../domain/news.ts'
import type { Fault } from '../domain/fault.ts'
import type { StatusTable } from './protocol.ts'

const EVENT_ID = /^[A-Za-z0-9_-]{1,64}$/
const REFERENCE = /^[0-9]{8}-[0-9A-HJKMNP-TV-Z]{12}\.[a-z][a-z0-9-]{0,31}$/
const LIST_MAX = 50
const REMARK_CHARACTERS_MAX = 500

/** As a protocol has read them; nothing of it is checked yet. Absent lists are undefined. */
export interface Told {
  readonly id: unknown
  readonly reference: unknown
  /** Null where the city has given no number. */
  readonly backendCaseNo: unknown
  /** A safe integer that grows with each event of a reference. */
  readonly order: unknown
  /** Milliseconds since 1970. */
  readonly at: unknown
  readonly cityStatus: unknown
  readonly remark: unknown
  /** Reasons of a refusal or points of a correction; a `code` that is undefined is none. */
  readonly reasons: readonly { readonly code: unknown; readonly message: unknown }[]
  readonly results: readonly { readonly code: unknown; readonly name: unknown; readonly number: unknown }[]
  /** Of protocols that can tell of them. `paidAt`: milliseconds, undefined = not yet, null = that was no time. */
  readonly fees?: readonly {
    readonly paymentNo: unknown
    readonly name: unknown
    readonly payee: unknown
    readonly amountYuan: unknown
    readonly paidAt: number | null | undefined
  }[]
}

/** Bounds of the platform standard: n..16,2. */
const AMOUNT = /^(?:0|[1-9]\d{0,13})\.\d{2}$/

/** Throws `malformed(why)` for what no city of this protocol would say. A status that the table does not name has state null. */
export function newsOf(statuses: StatusTable, told: Told, malformed: (why: string) => Fault): CityNews {
  const text = (value: unknown, charactersMax: number, what: string): string => {
    if (typeof value !== 'string' || value === '' || value.length > charactersMax * 2) throw malformed(what)
    return value
  }
  const { id, reference, order, at } = told
  if (typeof id !== 'string' || !EVENT_ID.test(id)) throw malformed('event id')
  if (typeof reference !== 'string' || !REFERENCE.test(reference)) throw malformed('reference')
  if (typeof order !== 'number' || !Number.isSafeInteger(order) || order < 0) throw malformed('order')
  if (typeof at !== 'number' || !Number.isSafeInteger(at)) throw malformed('time')
  if (told.reasons.length > LIST_MAX || told.results.length > LIST_MAX) throw malformed('too long a list')
  const cityStatus = text(told.cityStatus, 100, 'status')
  return {
    id,
    reference,
    backendCaseNo: told.backendCaseNo === null ? null : text(told.backendCaseNo, 100, 'case number'),
    order,
    at,
    cityStatus,
    state: Object.hasOwn(statuses, cityStatus) ? (statuses[cityStatus] ?? null) : null,
    remark: told.remark === undefined ? null : text(told.remark, REMARK_CHARACTERS_MAX, 'remark'),
    reasons: told.reasons.map(({ code, message }) => ({
      code: code === undefined ? '' : text(code, 100, 'code of a reason'),
      message: text(message, REMARK_CHARACTERS_MAX, 'reason'),
    })),
    results: told.results.map(({ code, name, number }) => ({
      code: text(code, 100, 'code of a result'),
      name: text(name, 200, 'name of a result'),
      number: text(number, 200, 'number of a result'),
    })),
    ...(told.fees === undefined || told.fees.length === 0 ? {} : { fees: told.fees.slice(0, LIST_MAX).map(fee) }),
  }

  function fee({ paymentNo, name, payee, amountYuan, paidAt }: NonNullable<Told['fees']>[number]): CaseFee {
    if (typeof amountYuan !== 'string' || !AMOUNT.test(amountYuan)) throw malformed('amount')
    if (paidAt === null || Number.isNaN(paidAt)) throw malformed('time of a payment')
    return {
      paymentNo: text(paymentNo, 100, 'number of a payment'),
      name: text(name, 200, 'name of a fee'),
      payee: text(payee, 200, 'payee'),
      amountYuan,
      paidAt: paidAt ?? null,
    }
  }
}
