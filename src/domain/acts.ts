// What people do with a case after it was filed: corrections, withdrawals, reroutings, mailings, news of the hall, ratings.

import type { RecordDraft } from './audit.ts'
import type { CaseState } from './delivery.ts'
import type { LegPlace, PlannedLeg, StartsAfter } from './leg-place.ts'
import type { HallNews } from './news.ts'
import type { Acceptance, Claim, IdempotencyKey, Repeat } from './store.ts'
import type { SubmissionBody } from './submission.ts'

/** GB/T 39046 A.8: 1 very satisfied, 5 not at all. */
export const RATING_SCORES = [1, 2, 3, 4, 5] as const
/** GB/T 39046 A.5: 1 window, 2 computer, 3 mobile, 4 courier, 9 other. */
export const RATING_CHANNELS = [1, 2, 3, 4, 9] as const
/** How satisfied the person is, and by which way it was said. */
export interface Rating {
  readonly score: (typeof RATING_SCORES)[number]
  readonly channel: (typeof RATING_CHANNELS)[number]
  readonly text: string | null
}

/** Papers on their way by mail: who carries them, by which number they are traced, and which materials they are. */
export interface Mailing {
  readonly carrier: string
  readonly trackingNo: string
  readonly materials: readonly string[]
}

/** What a person does with a case after it was filed. `leg`: the one at correction; of a withdrawal the one that decides. */
export type Act =
  | {
      readonly kind: 'correction'
      readonly leg: string
      readonly body: SubmissionBody
      readonly schemaDigest: string
      readonly materials: Acceptance['materials']
    }
  | { readonly kind: 'withdrawal'; readonly leg: string; readonly place: LegPlace; readonly reason: string | null }
  | {
      readonly kind: 'rerouting'
      /** The leg that its city has returned. */
      readonly leg: string
      /** The one that takes its place, in another city. */
      readonly to: PlannedLeg
      /** Where this one stands, the case stands; `to` itself where that decides. */
      readonly decidingLeg: string
      /** Which leg follows which: what others have come to while the case was returned lets the next one begin now. */
      readonly following: readonly { readonly leg: string; readonly next: string; readonly after: StartsAfter }[]
      readonly reason: string
    }
  /** `leg`: to whose city the papers go. */
  | { readonly kind: 'mailing'; readonly leg: string; readonly mailing: Mailing }
  /** How a leg goes on that is decided where it was taken. */
  | { readonly kind: 'news'; readonly leg: string; readonly place: LegPlace; readonly news: HallNews }
  | { readonly kind: 'rating'; readonly rating: Rating }

/** What is kept, encrypted, of an act. */
export interface ActWords {
  readonly body?: SubmissionBody
  readonly reason?: string
  readonly rating?: Rating
  readonly mailing?: Mailing
}

export interface NewAct {
  readonly key: IdempotencyKey
  readonly caseNo: string
  readonly act: Act
  readonly at: number
  readonly by: 'clerk' | 'resident'
  readonly hall: string | null
  readonly configVersion: string
  /** Of the message that leaves at once, where one does. */
  readonly lease: string
  readonly leaseUntil: number
  /** Appended where a message leaves at once. */
  readonly intent: RecordDraft
  /** Appended whatever comes of it, with that as its outcome. */
  readonly record: RecordDraft
}

/**
 * not-now: the table of states does not have it, or the same is on its way already; nothing was changed.
 * entered: `claim` is the message that is to be sent at once, null where none is: others stand before it, or the case ended
 * without a call, which `state` tells.
 */
export type ActEntered =
  | { readonly kind: 'repeated'; readonly repeat: Repeat }
  | { readonly kind: 'not-now'; readonly state: CaseState }
  /** A file that the correction names does not wait for a case of this owner, nor belong to this case. */
  | { readonly kind: 'materials-unusable' }
  | {
      readonly kind: 'entered'
      readonly claim: Claim | null
      readonly state: CaseState
      /** Of a correction. */
      readonly correctionNo: number | null
    }
