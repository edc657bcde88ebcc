// Fills a stopped gateway's store with made-up audit records, as they would have come over a year, all of them signed for.

import { openSequencer } from '../../src/audit/log/sequencer.ts'
import type { AuditKind, RecordDraft } from '../../src/domain/audit.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { draft } from '../contract/fixture.ts'

const APPENDED_AT_ONCE = 2000
/** So many transactions are under way at once: the next drafts are made while the writer is busy. */
const UNDER_WAY = 3
/** A step counts at most 20 000 records for the statistics. */
const SIGNED_AFTER = 16_000
const YEAR_MS = 300 * 86_400_000

/** A generator of our own: the same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const CITIES = ['shenyang', 'anshan', 'fushun', 'benxi', 'fuxin', 'liaoyang', 'tieling', 'shenfu'] as const
const OUTCOMES = [
  'found',
  'found',
  'nothing-found',
  'delivered',
  'delivered',
  'refused',
  'no-answer',
  'stored',
] as const
const FAULTS = ['CITY_TIMEOUT', 'CITY_LINE_OPEN', 'CITY_ERROR', 'CITY_GARBLED'] as const

export interface Filled {
  /** One value of each filter that some records have. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** Passports of some people that records are about. */
  readonly people: readonly string[]
}

/** `people` have some `count / people` records each. Resolves when a checkpoint covers all of them. */
export async function fillRecords(dataDir: string, count: number, told: (done: number) => void): Promise<Filled> {
  const store = await openStore({
    dataDir,
    node: 'gateway-1',
    boot: systemIds.lease(),
    clock: systemClock,
    ids: systemIds,
    queueMax: 1000,
    stallMs: 600_000,
    sizeBytesMax: null,
    onCommit: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const next = numbers(7)
  const begin = systemClock.now() - YEAR_MS - 86_400_000
  const people = Array.from({ length: Math.max(10, Math.floor(count / 50)) }, (_, n) => `E${n + 10_000_000}`)
  const keys = people.map((certNo) => store.keyed.subjectKey({ certType: '414', certNo }))

  function made(n: number): RecordDraft {
    const time = begin + Math.floor((n / count) * YEAR_MS)
    const [city, home] = [CITIES[next(8)] ?? 'benxi', CITIES[next(8)] ?? 'benxi']
    const isIntent = n % 2 === 0
    const fails = !isIntent && next(40) === 0
    const kind: AuditKind = n % 10 === 9 ? 'request-answered' : isIntent ? 'forwarded' : 'city-answered'
    return draft({
      time,
      kind,
      city,
      collectingCity: home,
      item: `item-${next(117)}`,
      outcome: isIntent ? 'sending' : fails ? 'no-answer' : (OUTCOMES[next(8)] ?? 'found'),
      faultCode: fails ? (FAULTS[next(4)] ?? null) : null,
      source: fails ? 'city' : null,
      subjectKey: keys[next(keys.length)] ?? '',
      actor: {
        role: 'clerk',
        issuer: `urn:${home}`,
        subject: `clerk-${next(2000)}`,
        city: home,
        hall: `hall-${next(6)}`,
      },
    })
  }

  const sequencer = await openSequencer({
    store,
    clock: systemClock,
    origin: 'gateway.invalid/v1/audit/log',
    everyMs: 1000,
    onError: () => undefined,
    onBroken: (problem) => {
      throw problem
    },
  })
  const requests: string[] = []
  const underWay: Promise<void>[] = []
  for (let done = 0; done < count; done += APPENDED_AT_ONCE) {
    const drafts = Array.from({ length: Math.min(APPENDED_AT_ONCE, count - done) }, (_, at) => made(done + at))
    requests.push(drafts[0]?.requestId ?? '')
    underWay.push(store.append(drafts))
    if (underWay.length === UNDER_WAY) await underWay.shift()
    if (done % SIGNED_AFTER === 0) await sequencer.catchUp()
    told(done)
  }
  await Promise.all(underWay)
  await sequencer.catchUp()
  await sequencer[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  const some = (values: number, of: (n: number) => string): string[] =>
    Array.from({ length: 20 }, () => of(next(values)))
  return {
    people: some(people.length, (n) => people[n] ?? ''),
    filters: {
      kind: ['forwarded', 'city-answered', 'request-answered'],
      city: CITIES,
      collectingCity: CITIES,
      hall: some(6, (n) => `shenyang/hall-${n}`),
      item: some(117, (n) => `item-${n}`),
      outcome: [...new Set(OUTCOMES), 'sending'],
      actor: some(2000, (n) => `clerk-${n}`),
      role: ['clerk', 'auditor'],
      source: ['city'],
      faultCode: FAULTS,
      requestId: some(requests.length, (n) => requests[n] ?? ''),
      from: some(300, (n) => new Date(begin + n * 86_400_000).toISOString()),
      until: some(300, (n) => new Date(begin + n * 86_400_000).toISOString()),
    },
  }
}
