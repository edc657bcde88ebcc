// The desk of a sandbox city: answers queries, takes applications and what follows them or refuses it, and tells what became of a reference.

import type { Cases, Entry, Refusal } from './cases.ts'
import type { Heard } from './heard.ts'
import { judge } from './judge.ts'
import { certificate } from './certificate.ts'
import { isRefusedAtOnce, type Life, type NewsEvent, type Page } from './life.ts'
import type { ListTaken } from './ledger.ts'
import type { CityMaterial, HandedOver, KeptMaterial, Materials } from './materials.ts'
import type { Place } from './places.ts'
import { lookUp } from './registers/records.ts'
import { CASE_REFERENCE } from './protocols/shape.ts'
import { type CitySubmission, digestOf } from './submission.ts'
import type { Corrected, Correction, Supplements, Withdrawal, Withdrawn } from './supplements.ts'

export type DeskAnswer =
  | { readonly kind: 'found'; readonly result: object }
  | { readonly kind: 'nothing-found' }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }

/** `repeat`: null for a new reference, else whether the content is the same as the first time. */
export interface Filed {
  readonly entry: Entry
  readonly repeat: null | 'same-content' | 'other-content'
}

/** What became of a reference: how it came in, and the last that happened to it since (null = nothing yet). */
export interface Progress {
  readonly entry: Entry
  readonly last: NewsEvent | null
}

export interface DeskParts {
  readonly cases: Cases
  readonly life: Life
  readonly supplements: Supplements
  readonly materials: Materials
  readonly heard: Heard
  readonly ledger: ListTaken
}

export interface Desk {
  query(submission: CitySubmission): DeskAnswer
  apply(submission: CitySubmission): Promise<Filed>
  correct(correction: Correction): Promise<Corrected>
  withdraw(withdrawal: Withdrawal): Promise<Withdrawn>
  /** A file, before the application or the correction that names it. */
  takeMaterial(material: CityMaterial): Promise<HandedOver>
  /** Null if no file came under this reference and id. */
  findMaterial(reference: string, materialId: string): KeptMaterial | null
  /** Null if nothing came in under this reference. */
  enquire(reference: string): Promise<Progress | null>
  /** The same for the first reference that fits, for cities that give numbers besides. */
  enquireWhere(fits: (reference: string) => boolean): Promise<Progress | null>
  /** News for callers that ask; null if the cursor was not given by this city. */
  news(cursor: string | null, limit: number): Page | null
  /** The certificate that a case has yielded under this code, as a file; null where it has none, or the city provides it no more. */
  resultFile(reference: string, code: string): Buffer | null
  /** What was taken within a time; null if the cursor was not given by this city. */
  readonly ledger: ListTaken
}

export function openDesk(place: Place, { cases, life, supplements, materials, heard, ledger }: DeskParts): Desk {
  async function enquire(reference: string): Promise<Progress | null> {
    const entry = await cases.find(reference)
    return entry === null ? null : { entry, last: life.last(reference) }
  }

  return {
    query(submission) {
      const refusals = judge(place, submission, 'query')
      if (refusals.length > 0) return { kind: 'refused', refusals }
      const result = lookUp(place, submission)
      heard.note({ submission, result })
      return result === null ? { kind: 'nothing-found' } : { kind: 'found', result }
    },
    async apply(submission) {
      heard.note({ submission, result: null })
      const digest = digestOf(submission)
      const { isNew, entry } = await cases.file(draftOf(submission, digest, judgeApplication(place, submission)))
      return { entry, repeat: isNew ? null : entry.digest === digest ? 'same-content' : 'other-content' }
    },
    correct: supplements.correct,
    withdraw: supplements.withdraw,
    takeMaterial: materials.take,
    findMaterial: materials.find,
    enquire,
    async enquireWhere(fits) {
      const entry = cases.all().find(({ reference }) => fits(reference))
      return entry === undefined ? null : enquire(entry.reference)
    },
    news: (cursor, limit) => life.page(cursor, limit),
    resultFile(reference, code) {
      const results = life.results(reference).filter((one) => one.code === code)
      const newest = results.at(-1)
      return newest === undefined ? null : certificate(place, reference, newest)
    },
    ledger,
  }
}

/** A desk that says yes to whatever it is sent and keeps nothing. What it is asked, it answers truthfully. */
export function lyingDesk(desk: Desk, place: Place, cases: Cases): Desk {
  return {
    ...desk,
    correct: async () => ({ kind: 'taken', status: 'reviewing', isRepeat: false }),
    withdraw: async () => ({ kind: 'withdrawn' }),
    takeMaterial: async () => ({ kind: 'taken' }),
    async apply(submission) {
      const known = await cases.find(submission.reference)
      const refusals = judgeApplication(place, submission)
      if (known !== null || refusals.length > 0) return desk.apply(submission)
      const { reference, caseNo, leg, item, digest } = draftOf(submission, digestOf(submission), refusals)
      const at = new Date().toISOString()
      const backendCaseNo = cases.fakeCaseNo()
      return { entry: { outcome: 'taken', reference, item, digest, at, caseNo, leg, backendCaseNo }, repeat: null }
    },
  }
}

/** An asynchronous city that refuses at once has not looked at what it looks at later. */
function judgeApplication(place: Place, submission: CitySubmission): readonly Refusal[] {
  const refusals = judge(place, submission, 'application')
  const first = place.isAsynchronous ? refusals.filter(isRefusedAtOnce) : []
  return first.length > 0 ? first : refusals
}

function draftOf(submission: CitySubmission, digest: string, refusals: readonly Refusal[]) {
  const { reference, item, leg, relatedCaseNo, relatedResults = [] } = submission
  const related = relatedCaseNo === null ? undefined : { caseNo: relatedCaseNo, results: relatedResults }
  return { reference, item, leg, digest, refusals, related, caseNo: CASE_REFERENCE.exec(reference)?.[1] ?? reference }
}
