// The fault table of docs/failure-modes.md: what a city does, and what becomes of a query and of an application; and how its rows are tried.

import type { Test } from 'tap'
import type { SandboxFault } from '../../src/sandbox/control.ts'
import { readLog, recorded, wrongWith, type Acknowledged } from '../chaos/evidence.ts'
import {
  ask,
  file,
  makeSick,
  receivedBy,
  records,
  startGateway,
  until,
  type Json,
  type RunningGateway,
} from './harness.ts'

export const ITEM = 'mi-remote-care-filing'
export const QUERY = 'hf-account-loan-query'

/** One city of each protocol. */
export const CITIES = ['shenfu', 'shenyang', 'fushun', 'anshan', 'benxi', 'fuxin', 'liaoyang', 'tieling'] as const
type City = (typeof CITIES)[number]

interface End {
  /** Of the query; an application is answered with 201 if it is delivered at once, else with 202. */
  readonly status: number
  /** The fault of both, null where there is none. */
  readonly code: string | null
  readonly delivery: 'delivered' | 'stored' | 'unconfirmed'
  /** Whether the application has taken effect before the answer. */
  readonly taken: boolean
}

interface Row extends End {
  readonly fault: SandboxFault
  /** Where a protocol makes another end of it. */
  readonly but?: Readonly<Partial<Record<City, End>>>
}

const silent = { status: 504, code: 'CITY_TIMEOUT', delivery: 'unconfirmed' } as const
const reset = { status: 502, code: 'CITY_RESET', delivery: 'unconfirmed' } as const
const broken = { status: 502, code: 'CITY_ERROR', delivery: 'unconfirmed' } as const
const garbled = { status: 502, code: 'CITY_GARBLED', delivery: 'unconfirmed' } as const
const well: End = { status: 200, code: null, delivery: 'delivered', taken: true }
const refusesUs: End = { status: 502, code: 'CITY_SIGNATURE_REFUSED', delivery: 'stored', taken: false }
/** Liaoyang signs its answers, and the time in them: one that does not check proves nothing. */
const unsigned = { status: 502, code: 'CITY_ANSWER_UNSIGNED', delivery: 'unconfirmed' } as const
const inMaintenance: End = { status: 503, code: 'CITY_IN_MAINTENANCE', delivery: 'stored', taken: false }
const unavailable: End = { ...broken, taken: false }

/** No answer comes. */
export const SILENT: readonly Row[] = [
  { fault: 'hang-unread', ...silent, taken: false },
  { fault: 'hang', ...silent, taken: false },
  { fault: 'hang-after', ...silent, taken: true },
  { fault: 'slow', ...silent, taken: true },
  { fault: 'reset', ...reset, taken: false },
  { fault: 'reset-after', ...reset, taken: true },
  { fault: 'refuse-connect', status: 503, code: 'CITY_UNREACHABLE', delivery: 'stored', taken: false },
]

/** An answer comes, and cannot be trusted. */
export const ANSWERED: readonly Row[] = [
  // First, while nothing waits that the courier could bring to a liar.
  { fault: 'lie', ...well, taken: false },
  // Fuxin has no statuses of failure: it shows a page.
  { fault: 'error-500', ...broken, taken: false, but: { fuxin: { ...garbled, taken: false } } },
  { fault: 'error-500-after', ...broken, taken: true, but: { fuxin: { ...garbled, taken: true } } },
  { fault: 'garbage', ...garbled, taken: false },
  { fault: 'html', ...garbled, taken: false },
  { fault: 'empty', ...garbled, taken: false },
  { fault: 'truncated', ...garbled, taken: true },
  { fault: 'wrong-charset', ...garbled, taken: true },
  { fault: 'oversized', status: 502, code: 'CITY_ANSWER_TOO_LARGE', delivery: 'unconfirmed', taken: true },
  // Two cities have no words for it, and stand behind a server that says 503.
  { fault: 'maintenance', ...inMaintenance, but: { shenyang: unavailable, fushun: unavailable } },
  // Ten minutes: who looks at the time of a call refuses it.
  {
    fault: 'clock-skew',
    ...refusesUs,
    but: {
      shenfu: well,
      tieling: well,
      liaoyang: { ...unsigned, taken: false },
      fushun: { ...refusesUs, code: 'CITY_MESSAGE_REFUSED' },
    },
  },
  // Of cities that give none out, nothing is over.
  { fault: 'expired-tokens', ...well, but: { shenyang: refusesUs, tieling: refusesUs } },
  // Of cities that sign no answers, nothing is wrong.
  { fault: 'wrong-signature', ...well, but: { liaoyang: { ...unsigned, taken: true } } },
]

/** The end that a fault has in a city. */
export function rowOf(fault: SandboxFault, city: City): End {
  const row = [...SILENT, ...ANSWERED].find((one) => one.fault === fault)
  if (row === undefined) throw new Error(`${fault} is no row of the table`)
  return row.but?.[city] ?? row
}

/** The breaker and the disk have tests of their own; here each call shall reach its city, however busy the machine. */
export const EACH_CALL_GOES_OUT: readonly [RegExp, string][] = [
  [/stallMs: \d+/, 'stallMs: 60000'],
  // What is cut off at a mebibyte is cut off here as well, and eight cities that flood at once take less of the machine.
  [/answerBytesMax: \d+/, 'answerBytesMax: 131072'],
  [/connectTimeoutMs: 600/, 'connectTimeoutMs: 5000'],
  [/ownDeadlineMs: 700/, 'ownDeadlineMs: 5000'],
  [/volumeThreshold: \d+/, 'volumeThreshold: 1000'],
  [/backoffMaxMs: \d+/, 'backoffMaxMs: 500'],
]

/**
 * Tries the rows in every city, side by side in one gateway; then lets the cities be well, and looks for what was lost or done twice.
 * `deadlineMs` is what a silent row takes, and what an answer may take on a busy machine.
 */
export async function tryTable(t: Test, rows: readonly Row[], deadlineMs: number): Promise<void> {
  const gateway = await startGateway(t, {}, [...EACH_CALL_GOES_OUT, [/deadlineMs: 900/, `deadlineMs: ${deadlineMs}`]])
  const acknowledged: Acknowledged[] = []
  await t.test('while they are sick', async (t) => {
    const tried = await Promise.all(CITIES.map((city) => tryRows(t, gateway, city, rows)))
    acknowledged.push(...tried.flat())
  })
  await t.test('and once well again each has each application once', async (t) => {
    const kept = rows.filter(({ fault }) => fault !== 'lie')
    t.equal(acknowledged.length, CITIES.length * kept.length)
    t.strictSame((await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))).flat(), [])
    const log = await readLog(gateway)
    recorded(t, log, acknowledged)
    t.strictSame(log.findings, [], 'however a call ended, its intent has an outcome')
    t.strictSame(
      sentAgainTooSoon(log.all, deadlineMs + SETTLES_AFTER_MS),
      [],
      'sent again only once its city had not known it twice, after all could have settled',
    )
  })
}

/** Waits until it answers a query: the first one compiles its form, which takes its time on a busy machine. */
export async function isWell(gateway: RunningGateway, city: string): Promise<boolean> {
  const asked = await until(
    () => ask(gateway, QUERY, city),
    ({ status }) => status === 200,
  )
  return asked.status === 200
}

/** Longer than any deadline: the answer tells the end of the first attempt. */
export const PATIENT = { headers: { prefer: 'wait=30' } } as const

/** Tries every row in one city; what it acknowledges is to be delivered once, when the city is well again. */
async function tryRows(
  t: Test,
  gateway: RunningGateway,
  city: City,
  rows: readonly Row[],
): Promise<readonly Acknowledged[]> {
  const acknowledged: Acknowledged[] = []
  // So that a signing secret is there, and what fails is the call itself.
  t.equal(await isWell(gateway, city), true, `${city} is well`)
  for (const row of rows) {
    const { fault } = row
    const { status, code, delivery, taken } = rowOf(fault, city)
    const title = `${city} ${fault}`
    await makeSick(gateway, city, fault)
    const [asked, filed] = await Promise.all([ask(gateway, QUERY, city), file(gateway, ITEM, city, PATIENT)])
    t.equal(asked.status, status, `${title}: ${asked.text}`)
    if (code !== null) t.match(asked.body, { code, source: 'city', city }, title)
    const requestId = asked.headers.get('x-request-id') ?? ''
    const [, outcome] = await records(gateway, { requestId })
    t.match(outcome, { kind: 'city-answered', status, ...(code === null ? {} : { faultCode: code, source: 'city' }) })

    t.equal(filed.status, delivery === 'delivered' ? 201 : 202, `${title}: ${filed.text}`)
    t.match(filed.body, { delivery, legs: [{ fault: code }] }, title)
    const { caseNo } = filed.body
    t.equal((await receivedBy(gateway, city, caseNo)).length, taken ? 1 : 0, `${title}: taken`)
    if (fault !== 'lie') acknowledged.push({ caseNo, city })
  }
  await makeSick(gateway, city, 'off')
  return acknowledged
}

/** Of the tests’ configuration: how long after the deadline a message may still take effect. */
const SETTLES_AFTER_MS = 300

/** Cases that were delivered a second time without two enquiries that count, after an attempt of which nobody knew the end. */
function sentAgainTooSoon(log: readonly Json[], settledAfterMs: number): readonly string[] {
  const ends = new Map(log.map((record) => [record['intent'], record]))
  const byCase = Map.groupBy(log, ({ caseNo }) => String(caseNo))
  return [...byCase].flatMap(([caseNo, own]) => {
    let sentAt = 0
    let unknown = false
    let counted = 0
    for (const { id, call: what, time } of own.filter(({ kind }) => kind === 'forwarded')) {
      const end = ends.get(id)
      if (what === 'deliver') {
        if (unknown && counted < 2) return [caseNo]
        sentAt = Date.parse(time)
        unknown = end?.['outcome'] === 'unconfirmed'
        counted = 0
      } else if (end?.['answerDigest'] !== undefined && Date.parse(end['time']) >= sentAt + settledAfterMs) {
        counted += 1
      }
    }
    return []
  })
}
