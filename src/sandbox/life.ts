// The life of a city's cases after they were taken: what happened to each, in order, and the news of it; on disk before it is told.

import { randomUUID } from 'node:crypto'
import type { Cases, Entry, Refusal } from './cases.ts'
import { openJournal, readJournal } from './disk.ts'
import type { NewsFlaw } from './faults.ts'
import type { Place } from './places.ts'

/** The words that every protocol has a code for; docs/wire/<city>.md each gives its own. */
export const CASE_STATUSES = [
  'received',
  'accepted',
  'correction',
  'refused',
  'reviewing',
  'suspended',
  'approved',
  'rejected',
  'completed',
  'delivered',
  'withdrawn',
  'returned',
] as const
export type CaseStatus = (typeof CASE_STATUSES)[number]

/** What a clerk of the city enters beside the new status. */
export interface Step {
  readonly status: CaseStatus
  readonly remark: string | null
  /** Of a correction: what is to be mended, by the code of a material or a field where it is one. */
  readonly points: readonly { readonly code: string | null; readonly message: string }[]
  /** What the case has yielded: permits, letters, certificates. */
  readonly results: readonly { readonly code: string; readonly name: string; readonly number: string }[]
  /** What is to be paid, or was. */
  readonly fees?: readonly Fee[]
}

export interface Fee {
  readonly paymentNo: string
  readonly name: string
  readonly payee: string
  /** With two decimals. */
  readonly amountYuan: string
  /** RFC 3339; absent while it is not paid. */
  readonly paidAt?: string
}

export interface NewsEvent extends Step {
  readonly id: string
  readonly reference: string
  /** Null only for what an asynchronous city refused before it gave a number. */
  readonly backendCaseNo: string | null
  /** 1, 2, 3 … within the case. */
  readonly seq: number
  /** RFC 3339. */
  readonly at: string
}

export interface Page {
  readonly events: readonly NewsEvent[]
  /** To be given back for what comes after; the same page can be asked for again. */
  readonly next: string
  readonly more: boolean
}

/** How a case stands while nothing else can happen to it. */
export interface Standing {
  readonly status: CaseStatus
  /** Whether it has been accepted (受理) at some time. */
  readonly wasAccepted: boolean
  /** Makes an event, under the id that the caller has chosen; resolves once it is on disk. */
  happen(step: Step, id: string): Promise<NewsEvent>
}

export interface Life extends AsyncDisposable {
  /** Resolves once the event is on disk. Null if the city has no such case: it knows nothing of it, or has refused it. */
  advance(reference: string, step: Step): Promise<NewsEvent | null>
  /** Does `work` about one case while nothing else happens to it. */
  inTurn<T>(entry: Entry, work: (standing: Standing) => Promise<T>): Promise<T>
  /** Whether this event has happened. */
  knows(id: string): boolean
  /** The last event of a case, null if nothing has happened since it was taken or refused. */
  last(reference: string): NewsEvent | null
  /** What a case has yielded, oldest first. */
  results(reference: string): Step['results']
  /** The first event of a case, null if nothing has happened yet. */
  first(reference: string): NewsEvent | null
  /** Events in the order in which they happened, after `cursor` (null = from the beginning); null if the cursor is none of ours. */
  page(cursor: string | null, limit: number): Page | null
  /** Cases go on by themselves, a step each `stepMs`; null = they stand still. Resolves at once. */
  setPace(stepMs: number | null): void
}

const USUAL_LIFE: readonly CaseStatus[] = ['accepted', 'reviewing', 'approved', 'completed', 'delivered']
/** How long an asynchronous city takes to give a number, or to refuse. */
const NUMBER_AFTER_MS = 1000
const NO_STEP: Omit<Step, 'status'> = { remark: null, points: [], results: [] }

/** The materials of the catalogue whose code has no hyphen; names of fields have none. */
const ONE_WORD_MATERIALS: ReadonlySet<string> = new Set(
  `articles assignment consent contracts diploma formula invoice invoices judgment label lease licence payroll photo
  photos resolution subcontract undertaking`.split(/\s+/),
)

/** Whether news of this status may carry points: what is to be mended, or by its division code which authority is the right one. */
export function tellsPoints(status: CaseStatus): boolean {
  return status === 'correction' || status === 'returned'
}

/** What the code of a correction's point means. */
export function pointsTo(code: string): 'material' | 'field' {
  return code.includes('-') || ONE_WORD_MATERIALS.has(code) ? 'material' : 'field'
}

/** Whether an asynchronous city says so at once; what else speaks against an application it finds only later. */
export function isRefusedAtOnce({ kind }: Refusal): boolean {
  return kind === 'item' || kind === 'identifier'
}

/**
 * Opens the life of the cases in `cases`, kept in `path`. `onEvent` hears of each event once it is on disk.
 * `flaw` tells how pages come out wrong at the moment.
 */
export async function openLife(options: {
  readonly place: Place
  readonly cases: Cases
  readonly path: string
  readonly onEvent: (event: NewsEvent) => void
  readonly flaw: () => NewsFlaw | null
}): Promise<Life> {
  const { place, cases } = options
  const events: NewsEvent[] = []
  const firstEventOf = new Map<string, NewsEvent>()
  const lastOf = new Map<string, NewsEvent>()
  const ids = new Set<string>()
  const acceptedOnes = new Set<string>()
  const turnOf = new Map<string, Promise<unknown>>()
  const note = (event: NewsEvent): void => {
    events.push(event)
    if (!firstEventOf.has(event.reference)) firstEventOf.set(event.reference, event)
    lastOf.set(event.reference, event)
    ids.add(event.id)
    if (event.status === 'accepted') acceptedOnes.add(event.reference)
  }
  for (const event of readJournal(options.path) as readonly NewsEvent[]) note(event)
  const journal = await openJournal(options.path)
  let stepMs: number | null = null
  let ticking: NodeJS.Timeout | null = null
  /** Whether the taking itself is news. */
  const tellsOfTaking = place.isAsynchronous || place.protocol === 'fuxin'

  /** What happens to one case happens one after the other, each on disk before the next begins. */
  async function inTurn<T>(reference: string, work: () => Promise<T>): Promise<T> {
    const turn = (turnOf.get(reference) ?? Promise.resolve()).then(work, work)
    turnOf.set(reference, turn)
    try {
      return await turn
    } finally {
      if (turnOf.get(reference) === turn) turnOf.delete(reference)
    }
  }

  async function happen(entry: Entry, step: Step, id: string = randomUUID()): Promise<NewsEvent> {
    const last = lastOf.get(entry.reference)
    // No two events of a case have the same time: some cities tell no other order.
    const at = Math.max(Date.now(), last === undefined ? 0 : Date.parse(last.at) + 1)
    const event: NewsEvent = {
      ...step,
      id,
      reference: entry.reference,
      backendCaseNo: entry.outcome === 'taken' ? entry.backendCaseNo : null,
      seq: (last?.seq ?? 0) + 1,
      at: new Date(at).toISOString(),
    }
    await journal.append(event)
    note(event)
    options.onEvent(event)
    return event
  }

  async function advance(reference: string, step: Step): Promise<NewsEvent | null> {
    const entry = await cases.find(reference)
    if (entry === null || entry.outcome === 'refused') return null
    return inTurn(reference, () => goOn(entry, step))
  }

  /** What happens to a case comes after the news that it was taken, where those are news. */
  async function goOn(entry: Entry, step: Step, id?: string): Promise<NewsEvent> {
    if (tellsOfTaking && !lastOf.has(entry.reference)) await happen(entry, firstOf(entry))
    return happen(entry, step, id)
  }

  /** The step that is due by itself: the number of an asynchronous city, or the next one where cases have a pace. */
  function due(entry: Entry, now: number): Step | null {
    const last = lastOf.get(entry.reference)
    if (last === undefined && tellsOfTaking) {
      if (entry.outcome === 'refused' && (!place.isAsynchronous || entry.refusals.some(isRefusedAtOnce))) return null
      return now - Date.parse(entry.at) >= (place.isAsynchronous ? NUMBER_AFTER_MS : 0) ? firstOf(entry) : null
    }
    if (stepMs === null || entry.outcome === 'refused' || now - Date.parse(last?.at ?? entry.at) < stepMs) return null
    const next = USUAL_LIFE[USUAL_LIFE.indexOf(last?.status ?? 'received') + 1]
    const isWaiting = last !== undefined && !USUAL_LIFE.includes(last.status) && last.status !== 'received'
    return next === undefined || isWaiting ? null : usualStep(place, entry, next)
  }

  function tick(): void {
    const now = Date.now()
    for (const entry of cases.all()) {
      if (turnOf.has(entry.reference) || due(entry, now) === null) continue
      inTurn(entry.reference, async () => {
        // What is not yet on disk has not come in.
        await cases.find(entry.reference)
        const step = due(entry, now)
        if (step !== null) await happen(entry, step)
      }).catch((error: unknown) => {
        console.error(`${new Date().toISOString()} ${place.city}: ${(error as Error).message}`)
      })
    }
  }

  function keepTicking(): void {
    if (ticking !== null) clearInterval(ticking)
    const everyMs = Math.min(200, Math.max(10, (stepMs ?? 800) / 4))
    ticking = stepMs === null && !tellsOfTaking ? null : setInterval(tick, everyMs)
    ticking?.unref()
  }
  keepTicking()

  return {
    advance,
    inTurn: (entry, work) =>
      inTurn(entry.reference, () => {
        const { reference, outcome } = entry
        return work({
          status: lastOf.get(reference)?.status ?? (outcome === 'refused' ? 'refused' : 'received'),
          wasAccepted: acceptedOnes.has(reference),
          happen: (step, id) => goOn(entry, step, id),
        })
      }),
    knows: (id) => ids.has(id),
    results: (reference) => events.filter((event) => event.reference === reference).flatMap(({ results }) => results),
    first: (reference) => firstEventOf.get(reference) ?? null,
    last: (reference) => lastOf.get(reference) ?? null,
    page(cursor, limit) {
      const from = cursor === null ? 0 : /^p[0-9]{1,9}$/.test(cursor) ? Number(cursor.slice(1)) : Number.NaN
      if (!(from <= events.length)) return null
      const flaw = options.flaw()
      const found = events.slice(from, from + (flaw === 'duplicate-news' && limit > 1 ? Math.floor(limit / 2) : limit))
      const more = from + found.length < events.length
      const told = flaw === 'duplicate-news' && limit > 1 ? found.flatMap((event) => [event, event]) : found
      return {
        events: flaw === 'shuffled-news' ? told.toReversed() : told,
        next: `p${from + found.length}`,
        more,
      }
    },
    setPace(ms) {
      stepMs = ms
      keepTicking()
    },
    async [Symbol.asyncDispose]() {
      if (ticking !== null) clearInterval(ticking)
      await Promise.allSettled(turnOf.values())
      await journal[Symbol.asyncDispose]()
    },
  }
}

/** How an asynchronous city tells whether it has taken what it was given. */
function firstOf(entry: Entry): Step {
  return entry.outcome === 'taken'
    ? { ...NO_STEP, status: 'received' }
    : {
        ...NO_STEP,
        status: 'refused',
        points: entry.refusals.map(({ kind, message }) => ({ code: kind, message })),
      }
}

/** The step that a case takes without anybody's doing; completing yields a result with a number. */
export function usualStep(place: Place, { item, reference }: Entry, status: CaseStatus): Step {
  const number = `${place.areaCode}${reference.slice(9, 21)}`
  return {
    ...NO_STEP,
    status,
    results: status === 'completed' ? [{ code: `${item}-result`, name: '办理结果', number }] : [],
  }
}
