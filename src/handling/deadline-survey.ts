// Counts now and then, for operators, in which city how much is due soon or overdue, and on which office it waits.

import type { Caller, Handled } from '../domain/caller.ts'
import type { Duty } from '../domain/duty.ts'
import type { Item } from '../domain/item.ts'
import { CLOCKS, type ClockName, type OpenLeg } from '../domain/leg-clock.ts'
import { itemKey } from '../domain/leg-place.ts'
import type { CityKey } from '../domain/words.ts'
import { mayOperate } from '../identity/rights.ts'
import { dueByClock, legClockOf } from './deadlines.ts'
import type { Parts } from './parts.ts'

/** Legs of one item in one city: whose office they wait for. */
export interface DeadlineCount {
  readonly city: CityKey
  readonly item: string
  readonly leg: string
  readonly clock: ClockName
  soon: number
  overdue: number
}

export interface DeadlineSurvey extends AsyncDisposable {
  /** The newest count; resolves once there is one. */
  newest(): Promise<Counted>
  /** Without waiting; null before the first count has ended. */
  last(): Counted | null
}

export interface SurveyOptions {
  readonly duty: Duty
  readonly everyMs: number
  readonly onError: (error: unknown) => void
}

export interface Counted {
  readonly at: number
  /** False where there were more legs than are counted. */
  readonly isWhole: boolean
  /** By city, item, leg and clock, in that order; those of which nothing is due are left out. */
  readonly counts: readonly DeadlineCount[]
}

/** Look-ups that people wait for come between two pages: a page takes them a millisecond or two. */
const PAGE = 50
const PAUSE_MS = 20
/** A bound for what one count may take, whatever the store holds. */
const LEGS_MAX = 500_000

const FOUND = 'deadlines'
/** Where another gateway counts, and has not yet ended its first count. */
const FIRST_LOOK_MS = 1000

/**
 * Counts every `everyMs` until disposed; of several gateways that share a store one counts, and the others read what it has found.
 * A store that cannot be read leaves the last count as it was.
 */
export function openDeadlineSurvey(
  parts: Pick<Parts, 'catalogue' | 'clock' | 'store' | 'workingDays'>,
  { duty, everyMs, onError }: SurveyOptions,
): DeadlineSurvey {
  const closing = new AbortController()
  const first = Promise.withResolvers<void>()
  let counted: Counted | null = null

  async function look(): Promise<Counted | null> {
    if (!duty.isOurs()) return JSON.parse((await parts.store.found(FOUND)) ?? 'null') as Counted | null
    const own = await count(parts, closing.signal)
    if (duty.isShared && !closing.signal.aborted) await parts.store.keepFound(FOUND, JSON.stringify(own))
    return own
  }

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        counted = await look()
        if (counted !== null) first.resolve()
      } catch (error) {
        if (!closing.signal.aborted) onError(error)
      }
      await parts.clock.delay(counted === null ? FIRST_LOOK_MS : everyMs, closing.signal).catch(() => undefined)
    }
    first.resolve()
  }
  const working = work()

  return {
    last: () => counted,
    async newest() {
      await first.promise
      return counted ?? { at: parts.clock.now(), isWhole: false, counts: [] }
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
    },
  }
}

async function count(
  { catalogue, clock, store, workingDays }: Pick<Parts, 'catalogue' | 'clock' | 'store' | 'workingDays'>,
  signal: AbortSignal,
): Promise<Counted> {
  const now = clock.now()
  const counts = new Map<string, DeadlineCount>()
  // The same few items again and again; a stock on disk would read each of them anew.
  const items = new Map<string, Item | undefined>()
  const itemOf = ({ item: code, competentCity }: OpenLeg): Item | undefined => {
    const key = `${code} ${competentCity}`
    if (!items.has(key)) {
      const item = catalogue.known(code)
      items.set(key, item && catalogue.itemIn(item, competentCity))
    }
    return items.get(key)
  }
  let seen = 0
  for (let after: number | null = 0; after !== null && seen < LEGS_MAX && !signal.aborted;) {
    const page: Awaited<ReturnType<typeof store.openLegs>> = await store.openLegs(after, PAGE)
    for (const leg of page.entries) {
      const found = dueByClock(legClockOf(leg, itemOf(leg), workingDays, now), workingDays, now)
      for (const name of CLOCKS) {
        const due = found[name]
        if (due === null) continue
        const key = [leg.city, leg.item, itemKey(leg.leg), name]
        const entry = counts.get(key.join(' ')) ?? emptyCount(leg, name)
        entry[due] += 1
        counts.set(key.join(' '), entry)
      }
    }
    seen += page.entries.length
    after = page.next
    if (after === null) return { at: now, isWhole: true, counts: inOrder(counts) }
    await clock.delay(PAUSE_MS, signal)
  }
  return { at: now, isWhole: false, counts: inOrder(counts) }
}

const emptyCount = ({ city, item, leg }: OpenLeg, clock: ClockName): DeadlineCount => ({
  city,
  item,
  leg: itemKey(leg),
  clock,
  soon: 0,
  overdue: 0,
})

function inOrder(counts: ReadonlyMap<string, DeadlineCount>): readonly DeadlineCount[] {
  return [...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}

export interface DeadlinePage {
  readonly city?: CityKey
  readonly clock?: ClockName
  readonly limit: number
  /** How many of them to pass over. */
  readonly after?: number
}

/** What is due, for operators: no case and no person is named. Throws Fault ROLE_NOT_ALLOWED. */
export async function listDeadlines(
  parts: Parts,
  survey: DeadlineSurvey,
  caller: Caller,
  { city, clock, limit, after = 0 }: DeadlinePage,
  cursor: (position: number | null) => string | null,
): Promise<Handled> {
  mayOperate(caller.principal)
  const { at, isWhole, counts } = await survey.newest()
  const wanted = counts.filter((one) => (city ?? one.city) === one.city && (clock ?? one.clock) === one.clock)
  const shown = wanted.slice(after, after + limit)
  const record = parts.recording.of(caller, 'request-answered', 'answered', {
    city: city ?? null,
    status: 200,
    counts: { deadlines: shown.length },
  })
  await parts.store.append([record])
  const body = {
    deadlines: shown.map((one) => countBody(parts, one)),
    countedAt: new Date(at).toISOString(),
    isWhole,
    next: cursor(after + limit < wanted.length ? after + limit : null),
  }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

function countBody({ catalogue }: Parts, { item: code, leg: key, ...count }: DeadlineCount): object {
  const item = catalogue.known(code)
  const leg = item?.legs.find((one) => one.key === key)
  return {
    ...count,
    item: { code, name: item?.name },
    leg: { key, name: leg?.name, does: leg?.does },
    department: item?.department,
  }
}
