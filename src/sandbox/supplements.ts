// What an applicant sends after the application: corrections (补正) and the withdrawal (撤回) of a case; on disk before anybody is told.

import { randomUUID } from 'node:crypto'
import type { SubmissionBody } from '../domain/submission.ts'
import type { Cases, Entry, Refusal } from './cases.ts'
import { openJournal, readJournal } from './disk.ts'
import { judge } from './judge.ts'
import type { CaseStatus, Life, Standing, Step } from './life.ts'
import type { Place } from './places.ts'
import { type CitySubmission, digestOf } from './submission.ts'

export interface Correction {
  /** The whole new version, under the application's reference. */
  readonly submission: CitySubmission
  /** The city's own number; null where the protocol does not name it. */
  readonly backendCaseNo: string | null
  /** 1, 2, 3 … within the reference. */
  readonly correctionNo: number
}

/**
 * taken: also where the same number came before with the same content (`isRepeat`); `status` is what the case became by it. refused: what speaks
 * against the content, kept under its number. not-asked-for: the case does not stand at `correction`. out-of-order: another number
 * is due. other-content: this number came before with other content. unknown: no such case. The last four leave everything as it was.
 */
export type Corrected =
  | { readonly kind: 'taken'; readonly status: CaseStatus; readonly isRepeat: boolean }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'not-asked-for'; readonly status: CaseStatus }
  | { readonly kind: 'out-of-order'; readonly expected: number }
  | { readonly kind: 'other-content' | 'unknown' }

export interface Withdrawal {
  readonly reference: string
  readonly backendCaseNo: string | null
  /** In the applicant's own words. */
  readonly reason: string | null
}

/** withdrawn: now or before. too-late: the case was decided, or has ended otherwise. unknown: no such case. */
export type Withdrawn =
  { readonly kind: 'withdrawn' | 'unknown' } | { readonly kind: 'too-late'; readonly status: CaseStatus }

/** What is kept of them, whole: later versions do not replace earlier ones. `eventId` is of the news that it made. */
export type Supplement = { readonly reference: string; readonly at: string } & (
  | {
      readonly kind: 'correction'
      readonly correctionNo: number
      readonly digest: string
      readonly body: SubmissionBody
      readonly made: { readonly eventId: string; readonly status: CaseStatus } | null
      /** Empty where it was taken. */
      readonly refusals: readonly Refusal[]
    }
  | { readonly kind: 'withdrawal'; readonly reason: string | null; readonly made: { readonly eventId: string } }
)
type KeptCorrection = Extract<Supplement, { readonly kind: 'correction' }>

export interface Supplements extends AsyncDisposable {
  /** Resolves once it is on disk, with the news of it. */
  correct(correction: Correction): Promise<Corrected>
  withdraw(withdrawal: Withdrawal): Promise<Withdrawn>
}

/** Before the decision the applicant may take everything back. */
const MAY_BE_WITHDRAWN: ReadonlySet<CaseStatus> = new Set([
  'received',
  'accepted',
  'correction',
  'reviewing',
  'suspended',
])

/**
 * Opens what came for the cases in `cases`, kept in `path`. What was kept before a crash, but had not yet made its news, makes them now.
 */
export async function openSupplements(options: {
  readonly place: Place
  readonly cases: Cases
  readonly life: Life
  readonly path: string
}): Promise<Supplements> {
  const { place, cases, life } = options
  const correctionsOf = new Map<string, KeptCorrection[]>()
  const note = (supplement: Supplement): void => {
    if (supplement.kind === 'withdrawal') return
    correctionsOf.set(supplement.reference, [...(correctionsOf.get(supplement.reference) ?? []), supplement])
  }
  for (const supplement of readJournal(options.path) as readonly Supplement[]) {
    note(supplement)
    const entry = await cases.find(supplement.reference)
    if (entry === null || supplement.made === null || life.knows(supplement.made.eventId)) continue
    await life.inTurn(entry, (standing) => makeNews(standing, supplement))
  }
  const journal = await openJournal(options.path)

  async function keep(standing: Standing, supplement: Supplement): Promise<void> {
    await journal.append(supplement)
    note(supplement)
    await makeNews(standing, supplement)
  }

  async function caseOf(reference: string, backendCaseNo: string | null): Promise<Entry | null> {
    const entry = await cases.find(reference)
    const own = entry?.outcome === 'taken' ? entry.backendCaseNo : null
    return backendCaseNo === null || backendCaseNo === own ? entry : null
  }

  return {
    async correct({ submission, backendCaseNo, correctionNo }) {
      const { reference, body } = submission
      const entry = await caseOf(reference, backendCaseNo)
      if (entry === null) return { kind: 'unknown' }
      return life.inTurn(entry, async (standing): Promise<Corrected> => {
        const earlier = correctionsOf.get(reference) ?? []
        const digest = digestOf(submission)
        const known = earlier.find((correction) => correction.correctionNo === correctionNo)
        if (known !== undefined) return known.digest === digest ? answerOf(known, true) : { kind: 'other-content' }
        if (standing.status !== 'correction') return { kind: 'not-asked-for', status: standing.status }
        if (correctionNo !== earlier.length + 1) return { kind: 'out-of-order', expected: earlier.length + 1 }
        const refusals = objectionsTo(place, submission, entry)
        const made =
          refusals.length > 0
            ? null
            : { eventId: randomUUID(), status: standing.wasAccepted ? ('reviewing' as const) : ('accepted' as const) }
        const at = new Date().toISOString()
        const kept: KeptCorrection = { kind: 'correction', reference, at, correctionNo, digest, body, made, refusals }
        await keep(standing, kept)
        return answerOf(kept, false)
      })
    },
    async withdraw({ reference, backendCaseNo, reason }) {
      const entry = await caseOf(reference, backendCaseNo)
      if (entry === null) return { kind: 'unknown' }
      return life.inTurn(entry, async (standing): Promise<Withdrawn> => {
        const { status } = standing
        if (status === 'withdrawn') return { kind: 'withdrawn' }
        if (!MAY_BE_WITHDRAWN.has(status)) return { kind: 'too-late', status }
        const at = new Date().toISOString()
        await keep(standing, { kind: 'withdrawal', reference, at, reason, made: { eventId: randomUUID() } })
        return { kind: 'withdrawn' }
      })
    },
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]()
    },
  }
}

async function makeNews({ happen }: Standing, { made }: Supplement): Promise<void> {
  if (made === null) return
  const step: Step = { status: 'status' in made ? made.status : 'withdrawn', remark: null, points: [], results: [] }
  await happen(step, made.eventId)
}

function answerOf({ made, refusals }: KeptCorrection, isRepeat: boolean): Corrected {
  return made === null ? { kind: 'refused', refusals } : { kind: 'taken', status: made.status, isRepeat }
}

/** A correction mends the application that it belongs to, and makes no other of it. */
function objectionsTo(place: Place, submission: CitySubmission, entry: Entry): readonly Refusal[] {
  if (submission.item === entry.item && (entry.outcome === 'refused' || submission.leg === entry.leg)) {
    return judge(place, submission, 'application')
  }
  return [{ kind: 'item', message: '补正的事项或环节与原申请不同' }]
}
