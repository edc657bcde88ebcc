// One attempt at bringing a message of a case to its city, and what is written down of it: the same for the first attempt and the
// courier's.

import type { RecordDraft } from '../domain/audit.ts'
import type {
  CallOptions,
  CallOutcome,
  CaseState,
  CityBackend,
  CorrectionAnswer,
  EnquiryAnswer,
  MaterialLink,
  WithdrawalAnswer,
} from '../domain/delivery.ts'
import { asFault, Fault } from '../domain/fault.ts'
import type { Claim, Settled, Settlement } from '../domain/store.ts'
import type { RecordFacts } from '../audit/records.ts'
import { legRule, placeOf } from './legs.ts'
import type { Parts } from './parts.ts'

type MessageAnswer = EnquiryAnswer | CorrectionAnswer | WithdrawalAnswer

export interface Attempted {
  readonly outcome: CallOutcome<MessageAnswer>
  readonly settled: Settled
  /** Where the leg stands by the city's answer; null where that says nothing of it. */
  readonly told: CaseState | null
  /** When it ended. */
  readonly endedAt: number
}

/** Sends or enquires, as the claim says, and decides what follows. Writes nothing, never throws for a city's fault. */
export async function attempt(parts: Parts, claim: Claim, share: CallOptions['share']): Promise<Attempted> {
  const item = parts.catalogue.find(claim.item)
  const backend = parts.cities.backend(claim.city, item)
  if (claim.call === 'enquire' && !backend.canEnquire) {
    // Neither sending again nor asking is safe: a person has to look.
    const settled = { state: 'stuck', faultCode: 'CITY_TIMEOUT', mayHaveArrived: true } as const
    return { outcome: notSent(), settled, told: null, endedAt: parts.clock.now() }
  }
  const outcome = await parts.turns.take<CallOutcome<MessageAnswer>>(referenceOf(claim), () =>
    callFor(parts, backend, claim, { share }),
  )
  const endedAt = parts.clock.now()
  return { outcome, ...settledBy(parts, claim, outcome, endedAt), endedAt }
}

const referenceOf = ({ caseNo, leg }: Claim): string => `${caseNo}.${leg}`

/**
 * A message leaves only while its lease has room for the whole call: afterwards another gateway's courier may be at it, whose
 * enquiry a city would answer "not known" that is only about to be sent the message. It goes with a later attempt then, which
 * need not bring its files again.
 */
async function callFor(
  parts: Parts,
  backend: CityBackend,
  claim: Claim,
  options: CallOptions,
): Promise<CallOutcome<MessageAnswer>> {
  const item = parts.catalogue.find(claim.item)
  const { takenAt, body, relatedCaseNo, relatedResults, backendCaseNo, reason } = claim
  // Read when it is about to leave: files may have taken long, and a process may have been paused since it took the lease.
  const isTooLate = (): boolean => parts.clock.now() + backend.deadlineMs > claim.leaseUntil
  const before = { relatedCaseNo, ...(relatedResults.length === 0 ? {} : { relatedResults }) }
  const about = { item, leg: legRule(item, claim.leg), reference: referenceOf(claim), takenAt }
  switch (claim.call) {
    case 'enquire':
      return backend.enquire({ ...about, ...before, body }, options)
    case 'withdraw':
      if (isTooLate()) return notSent()
      return backend.withdraw({ ...about, backendCaseNo, reason }, options)
    case 'deliver':
    case 'correct':
      break
  }
  const files = await withFiles(parts, backend, claim, options)
  if ('sent' in files) return files
  if (isTooLate()) return notSent()
  if (claim.call === 'deliver') return backend.deliver({ ...about, ...before, body, ...files }, options)
  return backend.correct({ ...about, backendCaseNo, correctionNo: claim.correctionNo ?? 1, body, ...files }, options)
}

/** Brings the files that the message names; where that ends otherwise than well, the message itself is not sent. */
async function withFiles(
  parts: Parts,
  backend: CityBackend,
  { caseNo, item: code, leg, body }: Claim,
  { share }: CallOptions,
): Promise<CallOutcome<MessageAnswer> | { readonly links?: readonly MaterialLink[] }> {
  const item = parts.catalogue.find(code)
  const handed = await parts
    .handOver({ caseNo, item, leg: legRule(item, leg), body }, backend, share)
    .catch((error: unknown) => ({ kind: 'failed', fault: asFault(error) }) as const)
  switch (handed.kind) {
    case 'missing':
      return { sent: 'no', fault: new Fault('MATERIAL_UNKNOWN') }
    case 'refused':
      return { sent: 'answered', answer: { kind: 'refused', reasons: handed.reasons }, bytes: handed.bytes }
    case 'failed':
      // Of a file it may not be known whether it arrived; the message was not sent, that is known.
      return { sent: 'no', fault: handed.fault }
    case 'ready':
      return handed.links.length === 0 ? {} : { links: handed.links }
  }
}

const notSent = (): { readonly sent: 'no'; readonly fault: Fault } => ({ sent: 'no', fault: new Fault('CITY_TIMEOUT') })

type Ending = Pick<Attempted, 'settled' | 'told'>

/** What the outcome of an attempt makes of the message, and of the leg. */
function settledBy(parts: Parts, claim: Claim, outcome: CallOutcome<MessageAnswer>, now: number): Ending {
  const enquiring = claim.call === 'enquire'
  switch (outcome.sent) {
    case 'no':
    case 'maybe': {
      const faultCode = outcome.fault.code
      // What is not known of an attempt before, this one does not make known; nor does an enquiry that failed.
      const mayHaveArrived = outcome.sent === 'maybe' || claim.mayHaveArrived
      if (HOPELESS.has(faultCode) || wasTriedEnough(parts, claim, faultCode, now)) {
        return { settled: { state: 'stuck', faultCode, mayHaveArrived }, told: null }
      }
      const state = mayHaveArrived ? 'unconfirmed' : 'stored'
      const nextAt = now + backoffMs(parts, claim.attempts)
      const notKnownTimes = enquiring ? claim.notKnown : 0
      return { settled: { state, faultCode, nextAt, notKnown: notKnownTimes }, told: null }
    }
    case 'answered':
      return answeredWith(parts, claim, outcome.answer, now)
  }
}

/** Trying again would help nobody: a person has to do it by another way. */
const HOPELESS: ReadonlySet<string> = new Set(['CITY_MESSAGE_UNSUPPORTED', 'MATERIAL_UNKNOWN'])

/** Nothing gets through to this city for now, which says nothing of the message. */
const LINE_SHUT: ReadonlySet<string> = new Set(['CITY_LINE_OPEN', 'CITY_LINE_HELD', 'CITY_IN_MAINTENANCE', 'CITY_BUSY'])

/** A city that has been away for days shall be met by more than one attempt before a person is called. */
const ATTEMPTS_MIN = 10

/** It keeps failing though its line is in service: a person decides what becomes of it. */
function wasTriedEnough({ timing }: Parts, claim: Claim, faultCode: string, now: number): boolean {
  if (claim.attempts < ATTEMPTS_MIN || LINE_SHUT.has(faultCode)) return false
  return now - claim.triedSince >= timing.stuckAfterMs
}

function answeredWith(parts: Parts, claim: Claim, answer: MessageAnswer, now: number): Ending {
  switch (answer.kind) {
    case 'taken': {
      const { cityStatus, state } = answer
      const isApplication = claim.call === 'deliver' || claim.call === 'enquire'
      // A city may enter a case and say no by its state alone: that must not be shown as taken.
      if (isApplication && state === 'refused') return refusedWith(claim, [{ code: cityStatus, message: '' }])
      const backendCaseNo = 'backendCaseNo' in answer ? answer.backendCaseNo : null
      // A city that has only queued it, without a number yet, may still refuse to enter it: it has told nothing of the leg.
      const isQueued = isApplication && backendCaseNo === null
      return { settled: { state: 'delivered', backendCaseNo, cityStatus }, told: isQueued ? null : state }
    }
    case 'withdrawn':
      return {
        settled: { state: 'delivered', backendCaseNo: null, cityStatus: answer.cityStatus },
        told: 'withdrawn',
      }
    case 'refused':
      return refusedWith(claim, answer.reasons)
    case 'not-known':
      return { settled: notKnown(parts, claim, now), told: null }
  }
}

/** A refused application is a refused leg; a refused correction or withdrawal leaves the leg where it is. */
function refusedWith({ call }: Claim, reasons: Extract<Settled, { state: 'refused' }>['reasons']): Ending {
  return { settled: { state: 'refused', reasons }, told: call === 'deliver' || call === 'enquire' ? 'refused' : null }
}

/**
 * "Not known" counts only when the message can no longer be under way: after the deadline of the attempt and the time the
 * city needs to settle. Twice in a row, that far apart, proves that it did not arrive, so that sending it again is safe.
 */
function notKnown(parts: Parts, claim: Claim, now: number): Settled {
  const { deadlineMs, settlesAfterMs } = parts.cities.backend(claim.city, parts.catalogue.find(claim.item))
  const countsFrom = claim.sentAt + deadlineMs + settlesAfterMs
  const faultCode = 'CITY_TIMEOUT'
  if (now < countsFrom) return { state: 'unconfirmed', faultCode, nextAt: countsFrom, notKnown: 0 }
  const times = claim.notKnown + 1
  if (times < 2) return { state: 'unconfirmed', faultCode, nextAt: now + settlesAfterMs, notKnown: times }
  return { state: 'stored', faultCode, nextAt: now, notKnown: 0 }
}

/** Doubles with each attempt up to a maximum; the jitter (half to whole) keeps a returning city from meeting all at once. */
function backoffMs(parts: Parts, attempts: number): number {
  const { backoffBaseMs, backoffMaxMs } = parts.timing
  const full = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full * (0.5 + parts.ids.bytes(1).readUInt8() / 512))
}

/** The settlement that writes an attempt down; what follows from it the store carries out. */
export function settlementOf(
  parts: Parts,
  claim: Claim,
  { settled, told, endedAt }: Attempted,
  written: { readonly records: readonly RecordDraft[]; readonly answer: Settlement['answer'] },
): Settlement {
  return {
    caseNo: claim.caseNo,
    leg: claim.leg,
    messageNo: claim.messageNo,
    lease: claim.lease,
    now: endedAt,
    settled,
    told,
    place: placeOf(parts.catalogue.known(claim.item), claim.legs, claim.leg),
    ...written,
  }
}

/** The facts of an attempt's outcome record, whoever it answers. `subjectKey` is the applicant's. */
export function outcomeFacts(
  parts: Parts,
  claim: Claim,
  subjectKey: string | null,
  { outcome, settled }: Attempted,
): RecordFacts {
  const planned = claim.legs.find((leg) => leg.leg === claim.leg)
  return {
    subjectKey,
    item: claim.item,
    city: claim.city,
    routeRule: planned?.routeRule ?? null,
    caseNo: claim.caseNo,
    leg: claim.leg,
    call: claim.call,
    intent: claim.intentId,
    ...('faultCode' in settled ? { faultCode: settled.faultCode, source: 'city' as const } : {}),
    answerDigest: outcome.sent === 'answered' ? parts.recording.digest(outcome.bytes) : null,
  }
}
