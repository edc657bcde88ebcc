// A simulated city: what it has taken, what it makes of it, and what it tells. It outlives every gateway.

import { hash } from 'node:crypto'
import type { Choices } from '../../src/catalogue/seeded.ts'
import type {
  CaseState,
  CityMessage,
  CorrectionAnswer,
  CorrectionMessage,
  DeliverAnswer,
  EnquiryAnswer,
  MaterialAnswer,
  MaterialMessage,
  WithdrawalAnswer,
  WithdrawalMessage,
} from '../../src/domain/delivery.ts'
import type { CityNews } from '../../src/domain/news.ts'
import type { CityKey } from '../../src/domain/words.ts'
import type { Findings } from './findings.ts'
import type { Timeline } from './timeline.ts'

/** What a city is like, by its configuration. */
export interface CityKind {
  readonly canEnquire: boolean
  readonly honoursReference: boolean
  /** Gives its number only later, with news. */
  readonly numbersLater: boolean
  readonly news: 'push' | 'poll' | null
  readonly accepts: { readonly corrections: boolean; readonly withdrawals: boolean }
  /** How it gets uploaded files. */
  readonly materials: 'handed-over' | 'linked'
}

/** What the city has of one leg. */
export interface Entry {
  readonly reference: string
  readonly number: string
  /** How often an application has taken effect. */
  taken: number
  /** It said no, and has taken nothing. */
  readonly isRefused: boolean
  state: CaseState
  /** Content of each correction by its number, in the order in which they came. */
  readonly corrections: Map<number, string>
  readonly events: CityNews[]
}

export interface City {
  readonly key: CityKey
  readonly kind: CityKind
  readonly entries: ReadonlyMap<string, Entry>
  /** Everything that it tells, oldest first: what is polled. */
  readonly told: readonly CityNews[]
  /** A number that it has not told yet. */
  owes(): boolean
  deliver(message: CityMessage): DeliverAnswer
  enquire(message: Pick<CityMessage, 'reference'>): EnquiryAnswer
  correct(message: CorrectionMessage): CorrectionAnswer
  withdraw(message: WithdrawalMessage): WithdrawalAnswer
  takeFile(message: MaterialMessage): MaterialAnswer
}

/** What a city makes of a case when it goes on with it; each step can be told without the steps before. */
const NEXT: Readonly<Partial<Record<CaseState, readonly CaseState[]>>> = {
  collected: ['pre-accepted'],
  'pre-accepted': ['accepted', 'accepted', 'correction-required', 'in-review', 'returned'],
  accepted: ['in-review', 'in-review', 'correction-required', 'suspended', 'approved', 'aborted'],
  'correction-required': ['lapsed'],
  'in-review': ['approved', 'approved', 'rejected', 'suspended', 'correction-required'],
  suspended: ['in-review', 'approved'],
  approved: ['completed'],
  rejected: ['completed'],
  completed: ['delivered'],
}

const OPEN: ReadonlySet<CaseState> = new Set([
  'collected',
  'pre-accepted',
  'accepted',
  'correction-required',
  'in-review',
  'suspended',
])

const digestOf = (bytes: Buffer): string => hash('sha256', bytes)

const CORRECTION_WAITS_MS = 40_000

export interface CityOptions {
  readonly key: CityKey
  readonly kind: CityKind
  readonly timeline: Timeline
  readonly choices: Choices
  readonly findings: Findings
  /** Something has happened that the city tells by itself. */
  readonly onNews: (news: CityNews) => void
  /** Whether it still begins something new. */
  readonly goesOn: () => boolean
}

export function openCity(options: CityOptions): City {
  const { key, kind, timeline, choices, findings } = options
  const entries = new Map<string, Entry>()
  const told: CityNews[] = []
  /** Digests of the files that it was handed, by reference and id. */
  const files = new Map<string, string>()
  let owed = 0

  /** Every file that a message names is here by then, or there is an address to fetch it from. */
  function checkFiles(
    what: string,
    { reference, body, links = [] }: Pick<CityMessage | CorrectionMessage, 'reference' | 'body' | 'links'>,
  ): void {
    for (const { held, materialId = '' } of body.materials ?? []) {
      if (held !== 'uploaded') continue
      findings.count(`files ${kind.materials}`)
      const isHere =
        kind.materials === 'linked'
          ? links.some((link) => link.materialId === materialId)
          : files.has(`${reference}/${materialId}`)
      if (!isHere)
        findings.broken('files come before what names them', `${key} gets ${what} ${reference} without ${materialId}`)
    }
  }

  function enter(reference: string, isRefused: boolean): Entry {
    const entry: Entry = {
      reference,
      number: `${key.slice(0, 2).toUpperCase()}-${entries.size + 1}`,
      taken: isRefused ? 0 : 1,
      isRefused,
      // It may also enter an application and say no by its state alone.
      state: isRefused || choices.chance(4) ? 'refused' : choices.oneOf<CaseState>(['pre-accepted', 'accepted']),
      corrections: new Map(),
      events: [],
    }
    entries.set(reference, entry)
    timeline.note(`${key} ${isRefused ? 'refuses' : 'takes'} ${reference}`)
    if (isRefused) return entry
    // A city that gives its number later tells it with the first news.
    if (kind.numbersLater) {
      owed += 1
      plan(entry, 1000 + choices.pick(8000), () => {
        owed -= 1
        tell(entry, entry.state)
      })
    }
    plan(entry, 1000 + choices.pick(12_000), () => goOn(entry))
    return entry
  }

  function plan(entry: Entry, delayMs: number, happen: () => void): void {
    timeline.after(delayMs, `${key} turns to ${entry.reference}`, happen)
  }

  function goOn(entry: Entry): void {
    const next = NEXT[entry.state]
    if (next === undefined || !options.goesOn()) return
    if (choices.chance(4)) tell(entry, null)
    const to = choices.oneOf(next)
    if (to === 'lapsed' && entry.events.at(-1)?.state === 'correction-required' && choices.chance(80)) {
      // It is patient for a while.
      plan(entry, CORRECTION_WAITS_MS, () => goOn(entry))
      return
    }
    moveTo(entry, to)
  }

  function moveTo(entry: Entry, state: CaseState): void {
    entry.state = state
    tell(entry, state)
    plan(entry, 500 + choices.pick(12_000), () => goOn(entry))
  }

  /** `state` null: a status that the city's table does not name. */
  function tell(entry: Entry, state: CaseState | null): void {
    if (kind.news === null) return
    const order = entry.events.length + 1
    const news: CityNews = {
      id: `${entry.number}-${order}`,
      reference: entry.reference,
      backendCaseNo: entry.number,
      order,
      at: timeline.now(),
      cityStatus: state ?? 'a status of its own',
      state,
      remark: null,
      reasons: state === 'correction-required' ? [{ code: 'C', message: '材料不清晰' }] : [],
      results: [],
    }
    entry.events.push(news)
    told.push(news)
    options.onNews(news)
  }

  const takenAnswer = (entry: Entry): DeliverAnswer =>
    entry.isRefused
      ? { kind: 'refused', reasons: [{ code: 'R', message: '不在受理范围' }] }
      : {
          kind: 'taken',
          backendCaseNo: kind.numbersLater && entry.events.length === 0 ? null : entry.number,
          cityStatus: entry.state,
          state: entry.state,
        }

  return {
    key,
    kind,
    entries,
    told,
    owes: () => owed > 0,

    deliver(message) {
      const { reference } = message
      checkFiles('deliver', message)
      const known = entries.get(reference)
      if (known === undefined) return takenAnswer(enter(reference, choices.chance(10)))
      if (kind.honoursReference || known.isRefused) return takenAnswer(known)
      known.taken += 1
      findings.broken('nothing takes effect twice', `${key} has taken ${reference} ${known.taken} times`)
      return takenAnswer(known)
    },

    enquire({ reference }) {
      const known = entries.get(reference)
      return known === undefined ? { kind: 'not-known' } : takenAnswer(known)
    },

    correct(message) {
      const { reference, correctionNo, body } = message
      checkFiles('correct', message)
      const entry = entries.get(reference)
      if (entry === undefined || entry.isRefused) {
        findings.broken(
          'messages leave in order',
          `${key} gets correction ${correctionNo} of ${reference}, which it has not`,
        )
        return { kind: 'refused', reasons: [] }
      }
      const content = JSON.stringify(body)
      const before = entry.corrections.get(correctionNo)
      if (before !== undefined) {
        if (before !== content) findings.broken('a correction is the same each time', `${reference} ${correctionNo}`)
        return { kind: 'taken', cityStatus: entry.state, state: entry.state }
      }
      if (entry.state !== 'correction-required') return { kind: 'refused', reasons: [{ code: 'L', message: '已过期' }] }
      const last = Math.max(0, ...entry.corrections.keys())
      if (correctionNo <= last) {
        findings.broken('corrections arrive in order', `${reference}: ${correctionNo} after ${last}`)
      }
      entry.corrections.set(correctionNo, content)
      entry.state = choices.oneOf<CaseState>(['pre-accepted', 'accepted'])
      timeline.note(`${key} takes correction ${correctionNo} of ${reference}`)
      tell(entry, entry.state)
      plan(entry, 500 + choices.pick(12_000), () => goOn(entry))
      return { kind: 'taken', cityStatus: entry.state, state: entry.state }
    },

    takeFile({ reference, material: { materialId, digest, bytes } }) {
      const name = `${reference}/${materialId}`
      const before = files.get(name)
      if ((before ?? digest) !== digest || digestOf(bytes) !== digest) {
        findings.broken('a file is the same each time', `${key} ${name}`)
      }
      files.set(name, digest)
      return { kind: 'taken' }
    },

    withdraw({ reference }) {
      const entry = entries.get(reference)
      if (entry === undefined || entry.isRefused) {
        findings.broken('messages leave in order', `${key} gets the withdrawal of ${reference}, which it has not`)
        return { kind: 'refused', reasons: [] }
      }
      if (entry.state === 'withdrawn') return { kind: 'withdrawn', cityStatus: 'withdrawn' }
      if (!OPEN.has(entry.state) || choices.chance(10))
        return { kind: 'refused', reasons: [{ code: 'W', message: '已审批' }] }
      entry.state = 'withdrawn'
      timeline.note(`${key} gives ${reference} back`)
      if (choices.chance(50)) tell(entry, 'withdrawn')
      return { kind: 'withdrawn', cityStatus: 'withdrawn' }
    },
  }
}
