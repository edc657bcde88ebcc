// The seam to durable state. Each method is one whole transaction; writing ones return once it is on disk.

import type { RecordDraft } from './audit.ts'
import type { AuditStore } from './audit-store.ts'
import type { ActEntered, NewAct } from './acts.ts'
import type { CaseFilter } from './case-filter.ts'
import type { CaseRecord } from './case-record.ts'
import type { CaseState, DeliveryState, Reason } from './delivery.ts'
import type { DutyStore } from './duty.ts'
import type { FeedStore } from './feed.ts'
import type { Draft, DraftDeleted, DraftFilter, DraftKept, DraftOwner, DraftSummary, NewDraft } from './draft.ts'
import type { HandlingMode } from './item.ts'
import type { OpenLeg } from './leg-clock.ts'
import type { LegPlace, PlannedLeg } from './leg-place.ts'
import type { LineHold } from './line.ts'
import type { Material, MaterialKept, MaterialOwner, MaterialScope, NewMaterial } from './material.ts'
import type { LogStore } from './log.ts'
import type { CaseResult, CityNews } from './news.ts'
import type { DeliveryDecided, DeliveryDecision, DeliveryFilter, FoundDelivery, OpenDelivery } from './open-delivery.ts'
import type { ReconciliationStore } from './reconciliation.ts'
import type { SubmissionBody } from './submission.ts'
import type { WebhookStore } from './webhook.ts'
import type { CityKey } from './words.ts'

export interface NewCase {
  readonly caseNo: string
  readonly item: string
  readonly handlingMode: HandlingMode
  readonly collectingCity: CityKey | null
  readonly competentCity: CityKey
  /** Hall of the clerk who filed, null for a resident's own filing. */
  readonly hall: string | null
  readonly state: CaseState
  readonly filedAt: number
  readonly legs: readonly [PlannedLeg, ...PlannedLeg[]]
  readonly schemaDigest: string
  readonly configVersion: string
  /** Kept encrypted. */
  readonly body: SubmissionBody
  /** Keyed HMACs of those who may see the case as their own: applicant, agent, filer. The first is the applicant. */
  readonly subjectKeys: readonly string[]
}

/** An answer kept for a repeated key: replayed byte for byte, kept encrypted. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface IdempotencyKey {
  /** Keyed HMAC over issuer, subject, method, path and key. */
  readonly scope: string
  /** Keyed HMAC over the raw bytes of the body. */
  readonly fingerprint: string
}

/** What is known of a key that was used before. `leaseUntil` = until when the first call may still be at work. */
export interface Repeat {
  readonly fingerprint: string
  readonly caseNo: string
  readonly leaseUntil: number
  readonly answer: KeptAnswer | null
}

/** Uploaded files that a submission names: they must wait for a case and be the owner's, and belong to its case from then on. */
export interface NamedMaterials {
  readonly owner: MaterialOwner
  readonly materialIds: readonly string[]
}

export interface Acceptance {
  readonly key: IdempotencyKey
  readonly newCase: NewCase
  /** Delivery of the first leg, begun `sending` under this lease; none where the case is `keptHere`. */
  readonly lease: string
  readonly leaseUntil: number
  readonly intent: RecordDraft
  readonly materials: NamedMaterials
  /**
   * For an item that is decided where it is taken: no delivery is made, nothing will be sent, and this answer is kept at once.
   * Null for all that goes to a city.
   */
  readonly keptHere: KeptAnswer | null
}

/**
 * accepted: `sameItemOpen` = another case that is open for this applicant and item and goes to a city, if one is among the newest.
 * materials-unusable: nothing was kept; a file that it names is not there, not the caller's, or another case's.
 */
export type Accepted =
  | { readonly kind: 'accepted'; readonly sameItemOpen: string | null }
  | { readonly kind: 'repeated'; readonly repeat: Repeat }
  | { readonly kind: 'materials-unusable' }

/**
 * How one attempt at a delivery ended. `nextAt` = when the courier may take it up again. `mayHaveArrived`: false only where it is
 * proven that the city does not have it.
 */
export type Settled =
  | { readonly state: 'delivered'; readonly backendCaseNo: string | null; readonly cityStatus: string }
  | { readonly state: 'refused'; readonly reasons: readonly Reason[] }
  | {
      readonly state: 'stored' | 'unconfirmed'
      readonly faultCode: string
      readonly nextAt: number
      readonly notKnown: number
    }
  | { readonly state: 'stuck'; readonly faultCode: string; readonly mayHaveArrived: boolean }

export interface Settlement {
  readonly caseNo: string
  readonly leg: string
  /** Of the message within the leg: 0 = the application. */
  readonly messageNo: number
  /** The lease under which the attempt was made: another lease, or none, settles nothing. */
  readonly lease: string
  readonly now: number
  readonly settled: Settled
  /** What the city says of the leg by its answer, null = nothing: leg and case move as the table of states allows. */
  readonly told: CaseState | null
  /** What follows where the leg moves. A leg that starts is `stored` and due at once. */
  readonly place: LegPlace
  readonly records: readonly RecordDraft[]
  /** Of an application: kept for the idempotency key of the case, if none is kept yet. Null = keep nothing now. */
  readonly answer: KeptAnswer | null
}

/** A delivery taken up by the courier under a lease; its intent record is durable. */
export interface Claim {
  readonly caseNo: string
  readonly item: string
  readonly leg: string
  /** Of the message within the leg: 0 = the application, then what comes after it, in order. */
  readonly messageNo: number
  readonly city: CityKey
  readonly lease: string
  readonly leaseUntil: number
  /** deliver: was `stored`, is `sending` now. enquire: is `unconfirmed`. correct, withdraw: is `sending`, first or again. */
  readonly call: 'deliver' | 'enquire' | 'correct' | 'withdraw'
  /** Attempts begun so far, this one included. */
  readonly attempts: number
  /** How often in a row the city has answered that it does not know the reference. */
  readonly notKnown: number
  /** An earlier attempt at it may have arrived, though nobody knows. */
  readonly mayHaveArrived: boolean
  /** Since when it is being tried: since it was taken, or an operator has had it tried anew. */
  readonly triedSince: number
  /** When the last attempt at sending began. */
  readonly sentAt: number
  readonly relatedCaseNo: string | null
  /** What the leg before has yielded, as far as its city has told so: the newest of each code. */
  readonly relatedResults: readonly CaseResult[]
  /** The city's own number of the leg, as far as it is known. */
  readonly backendCaseNo: string | null
  /** 1, 2, 3 … within the leg; null for all but corrections. */
  readonly correctionNo: number | null
  /** Of a withdrawal, in the applicant's own words. */
  readonly reason: string | null
  /** Of an application or a correction: the version that it carries. */
  readonly body: SubmissionBody
  /** When the message was taken: of an application when the case was filed. */
  readonly takenAt: number
  readonly filedAt: number
  readonly legs: readonly PlannedLeg[]
  readonly intentId: string
}

export interface ClaimRequest {
  readonly city: CityKey
  /** The city cannot be asked, and takes the same application once: what is unconfirmed comes as `deliver`, not as `enquire`. */
  readonly sendsAgain: boolean
  readonly now: number
  readonly leaseUntil: number
  readonly limit: number
  /** One lease and one record id for each that may be claimed; both of `limit` length. */
  readonly leases: readonly string[]
  readonly recordIds: readonly string[]
  readonly configVersion: string
}

/** A leg that news are about, as far as it must be known to judge them. */
export interface NewsTarget {
  readonly item: string
  readonly legs: readonly PlannedLeg[]
}

export interface NewsArrival {
  readonly city: CityKey
  readonly caseNo: string
  readonly leg: string
  readonly news: CityNews
  readonly now: number
  /** What follows where the leg moves. */
  readonly place: LegPlace
  /** Its outcome is what becomes of the news. */
  readonly record: RecordDraft
}

/**
 * older, illegal: kept in the case's history, and moved nothing, because newer news had come or because the table of states does
 * not have it. known: this event came before. unknown: the city has no such leg of ours.
 */
export type NewsKept = 'new' | 'older' | 'illegal' | 'known' | 'unknown'

/** Who asks: only cases that all given members match. Exactly one of the three is set by the caller's role. */
export interface CaseScope {
  readonly hall?: string
  readonly city?: CityKey
  readonly subjectKey?: string
}

export interface Page<Entry> {
  readonly entries: readonly Entry[]
  /** Position to go on from, null at the end. A page may be short, or empty, and not the last one: a search looks at so many at once. */
  readonly next: number | null
}

/**
 * Durable state. Writing methods return after the commit is on disk; after a crash each has happened wholly or not at all.
 * They throw Fault STORE_UNAVAILABLE (the state of this one transaction is then unknown only if the fault's `cause` says so),
 * or STORE_BUSY (nothing was written; the queue is full).
 */
export interface Store
  extends LogStore, AuditStore, DutyStore, FeedStore, WebhookStore, ReconciliationStore, AsyncDisposable {
  /** Case, first delivery, intent record and idempotency key, or nothing. A second call with the scope of a first returns `repeated`. */
  accept(acceptance: Acceptance): Promise<Accepted>
  /**
   * Enters what a person does with a case, once for each key: with the message that it makes, the record, and where that message
   * leaves at once its lease and intent. What makes no sense any more is cancelled.
   */
  enterAct(act: NewAct): Promise<ActEntered>
  /** Ends an attempt. `false` = the lease is not held any more: nothing was changed but `records`, which are appended all the same. */
  settle(settlement: Settlement): Promise<boolean>
  /**
   * Leases due messages of one city, oldest first, never two of one case, and none before those of its leg that came earlier are
   * at rest; appends each one's intent. An application whose `sending` has expired comes back as `enquire`.
   */
  claimDue(request: ClaimRequest): Promise<readonly Claim[]>
  /**
   * Enters what a city told: the event once, the state of leg and case if it is the newest, the next leg, and the record.
   * That a city tells of a leg proves that it has it: a delivery that was unconfirmed, stored or stuck is at rest from then on.
   */
  takeNews(arrival: NewsArrival): Promise<NewsKept>
  /** Null if this city has no such leg of ours, or has not been sent it. */
  findNewsTarget(caseNo: string, leg: string, city: CityKey): Promise<NewsTarget | null>
  /** How far the news of a source (`city/backend`) have been fetched; null = nothing yet. */
  newsCursor(source: string): Promise<string | null>
  keepNewsCursor(source: string, cursor: string): Promise<void>
  /** Enters an uploaded file whose bytes are on disk, with its record. */
  keepMaterial(material: NewMaterial): Promise<MaterialKept>
  /** Null if there is none in this scope: whether it exists elsewhere is not told. */
  findMaterial(materialId: string, scope: MaterialScope): Promise<Material | null>
  /** Those of `files` that belong to nothing. */
  unknownMaterialFiles(files: readonly string[]): Promise<readonly string[]>
  /** Forgets uploads that no case has taken since `uploadedBefore`, at most `limit`; resolves with their files, to be removed. */
  forgetMaterials(uploadedBefore: number, limit: number): Promise<readonly string[]>
  /** Keeps a draft with its record, unless somebody has changed it meanwhile or its owner has too many. */
  keepDraft(draft: NewDraft): Promise<DraftKept>
  deleteDraft(draftId: string, owner: DraftOwner, version: string, record: RecordDraft): Promise<DraftDeleted>
  /** Deletes drafts last saved before `savedBefore`, at most `limit`, with one record; resolves with how many. */
  forgetDrafts(savedBefore: number, limit: number, record: RecordDraft): Promise<number>
  findDraft(draftId: string, owner: DraftOwner): Promise<Draft | null>
  listDrafts(filter: DraftFilter): Promise<Page<DraftSummary>>
  /** Keeps what an operator has decided about a line (`city/backend`), null = nothing any more, with its record. */
  holdLine(line: string, hold: LineHold | null, record: RecordDraft): Promise<void>
  lineHolds(): Promise<ReadonlyMap<string, LineHold>>
  /** Messages that are not at rest, those of the oldest case first. */
  listDeliveries(filter: DeliveryFilter): Promise<Page<OpenDelivery>>
  /** Legs that nobody has decided yet, those of the oldest case first, at most `limit` after that position (0 = from the beginning). */
  openLegs(after: number, limit: number): Promise<Page<OpenLeg>>
  /** A message in whatever state; null if there is none. One that has not begun is none. */
  findDelivery(caseNo: string, leg: string, messageNo: number): Promise<FoundDelivery | null>
  /**
   * Enters what an operator decides about a message, once for each key, with its record and all that follows for leg and case.
   * Who works on the message holds its lease, and nothing is done then; a lease that has run out is taken away.
   */
  decideDelivery(decision: DeliveryDecision): Promise<DeliveryDecided>
  /** Appends records; with `answer`, keeps it for the idempotency key of that scope if none is kept yet. */
  append(
    records: readonly RecordDraft[],
    answer?: { readonly scope: string; readonly answer: KeptAnswer },
  ): Promise<void>
  findRepeat(scope: string): Promise<Repeat | null>
  /** Null if there is none in this scope: whether it exists elsewhere is not told. */
  findCase(caseNo: string, scope: CaseScope): Promise<CaseRecord | null>
  listCases(filter: CaseFilter): Promise<Page<CaseRecord>>
  /** Deliveries not yet at rest, by city and state, with the time of the oldest. */
  backlog(): Promise<
    readonly {
      readonly city: CityKey
      readonly state: DeliveryState
      readonly count: number
      readonly oldestAt: number
    }[]
  >
  /** Resolves if a write would be durable now; else throws as a write would. */
  check(): Promise<void>
}
