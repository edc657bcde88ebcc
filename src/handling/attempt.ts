// One attempt at bringing a leg to its city, and what is written down of it: the same for the first attempt and the courier's.

import type { RecordDraft } from '../domain/audit.ts'
import type { CallOptions, CallOutcome, CaseState, CityMessage, EnquiryAnswer } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { Claim, PlannedLeg, Settled, Settlement } from '../domain/store.ts'
import type { RecordFacts } from '../audit/records.ts'
import { legRule, nextLeg } from './legs.ts'
import type { Parts } from './parts.ts'

export interface Attempted {
  readonly outcome: CallOutcome<EnquiryAnswer>
  readonly settled: Settled
  /** When it ended. */
  readonly endedAt: number
}

/** Sends or enquires, as the claim says, and decides what follows. Writes nothing, never throws for a city's fault. */
export async function attempt(parts: Parts, claim: Claim, share: CallOptions['share']): Promise<Attempted> {
  const item = parts.catalogue.find(claim.item)
  const backend = parts.cities.backend(claim.city, item)
  if (claim.call === 'enquire' && !backend.canEnquire) {
    // Neither sending again nor asking is safe: a person has to look.
    return { outcome: notSent(), settled: { state: 'stuck', faultCode: 'CITY_TIMEOUT' }, endedAt: parts.clock.now() }
  }
  const message: CityMessage = {
    item,
    leg: legRule(item, claim.leg),
    reference: `${claim.caseNo}.${claim.leg}`,
    relatedCaseNo: claim.relatedCaseNo,
    body: claim.body,
    takenAt: claim.filedAt,
  }
  const outcome = await parts.turns.take<CallOutcome<EnquiryAnswer>>(message.reference, () =>
    claim.call === 'deliver' ? backend.deliver(message, { share }) : backend.enquire(message, { share }),
  )
  const endedAt = parts.clock.now()
  return { outcome, settled: settledBy(parts, claim, outcome, endedAt), endedAt }
}

const notSent = (): CallOutcome<EnquiryAnswer> => ({ sent: 'no', fault: new Fault('CITY_TIMEOUT') })

/** What the outcome of an attempt makes of the delivery. */
function settledBy(parts: Parts, claim: Claim, outcome: CallOutcome<EnquiryAnswer>, now: number): Settled {
  const enquiring = claim.call === 'enquire'
  switch (outcome.sent) {
    case 'no':
    case 'maybe': {
      // An enquiry that failed leaves the delivery as unconfirmed as it was, whether or not the enquiry itself arrived.
      const state = outcome.sent === 'maybe' || enquiring ? 'unconfirmed' : 'stored'
      const nextAt = now + backoffMs(parts, claim.attempts)
      return { state, faultCode: outcome.fault.code, nextAt, notKnown: enquiring ? claim.notKnown : 0 }
    }
    case 'answered': {
      const { answer } = outcome
      switch (answer.kind) {
        case 'taken':
          // A city may enter a case and say no by its state alone: that must not be shown as taken.
          if (answer.state === 'refused') {
            return { state: 'refused', reasons: [{ code: answer.cityStatus, message: '' }] }
          }
          return { state: 'delivered', backendCaseNo: answer.backendCaseNo, cityStatus: answer.cityStatus }
        case 'refused':
          return { state: 'refused', reasons: answer.reasons }
        case 'not-known':
          return notKnown(parts, claim, now)
      }
    }
  }
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

/** The settlement that writes an attempt down, with the next leg started where this one was taken. */
export function settlementOf(
  parts: Parts,
  claim: Claim,
  { settled, endedAt }: Attempted,
  written: { readonly records: readonly RecordDraft[]; readonly answer: Settlement['answer'] },
): Settlement {
  return {
    caseNo: claim.caseNo,
    leg: claim.leg,
    lease: claim.lease,
    now: endedAt,
    settled,
    caseState: caseStateAfter(parts, claim, settled),
    startLeg: legAfter(parts.catalogue.find(claim.item), claim.legs, claim.leg, settled),
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

/**
 * The leg that decides moves the case; a leg that only co-operates stops it when it refuses, never silently. A city that has
 * only queued it, without a number yet, may still refuse to enter it: until it tells, the case is no more than collected.
 */
export function caseStateAfter(parts: Parts, claim: Pick<Claim, 'item' | 'leg'>, settled: Settled): CaseState | null {
  if (settled.state === 'refused') return 'refused'
  if (settled.state !== 'delivered' || settled.backendCaseNo === null) return null
  return legRule(parts.catalogue.find(claim.item), claim.leg).does === 'decide' ? 'pre-accepted' : null
}

/** The leg that starts because this one has been taken; one that needs more than that, or a number that is still to come, goes on waiting. */
export function legAfter(item: Item, legs: readonly PlannedLeg[], leg: string, settled: Settled): PlannedLeg | null {
  if (settled.state !== 'delivered' || settled.backendCaseNo === null) return null
  const next = nextLeg(item, legs, leg)
  return next === null || next.rule.startsAfter === 'completed' ? null : next.planned
}
