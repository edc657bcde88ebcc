// The path of an application: read it from top to bottom. It opens a case that is on disk before anything is sent.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import { isDecidedWhereTaken } from '../domain/item.ts'
import type { Item } from '../domain/item.ts'
import { currentLegs } from '../domain/leg-place.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { Acceptance, Claim, IdempotencyKey, KeptAnswer, NewCase, Repeat } from '../domain/store.ts'
import { mayCall, mayUpload } from '../identity/rights.ts'
import { attempt, outcomeFacts, settlementOf, type Attempted } from './attempt.ts'
import { caseAfterFirstAttempt, caseBody } from './case-view.ts'
import { placeOf } from './legs.ts'
import { explain, MAY_BE_KEPT, NOTHING_KEPT } from './explain.ts'
import { caseOf, statedWith } from './new-case.ts'
import { unusableUploads, uploadsNamed } from './materials.ts'
import type { Parts } from './parts.ts'
import { withinPatience } from './patience.ts'
import { twinWarnings, type Warning } from './warnings.ts'
import { idempotencyKey, repeated } from './repeated.ts'

export interface Filing {
  readonly itemCode: string
  /** The Idempotency-Key header, unquoted. */
  readonly key: string
  readonly received: ReceivedBody
  /** How long the caller waits for the city's answer before a 202 (Prefer: wait=N). */
  readonly patienceMs: number
}

interface Filed {
  readonly item: Item
  readonly acceptance: Acceptance
  readonly warnings: readonly Warning[]
}

/**
 * Files an application. 201: its city has it, or refused it. 202: it is kept and will be brought there.
 * Throws a Fault where we refuse it (nothing is kept, nothing was sent). Once a case number has been given, the case
 * survives a crash at any point: a case without a settled attempt is enquired about, never sent again blindly.
 */
export async function submit(parts: Parts, caller: Caller, filing: Filing): Promise<Handled> {
  const { catalogue, store } = parts
  const { received } = filing

  const item = catalogue.find(filing.itemCode)
  if (item.interaction !== 'application') throw new Fault('ITEM_IS_QUERY')
  mayCall(caller.principal, item)

  const path = caller.route.replace(':code', filing.itemCode)
  const key = idempotencyKey(parts, caller, path, filing.key, received.bytes)
  let newCase: NewCase
  try {
    newCase = caseOf(parts, caller.principal, item, received.value)
  } catch (refusal) {
    // What is refused now may have been accepted before under other rules. All else learns of an earlier use from `accept`.
    const before = await store.findRepeat(key.scope).catch(explain(NOTHING_KEPT))
    if (before !== null) return again(parts, caller, key, before)
    throw refusal
  }
  if (isDecidedWhereTaken(item)) return keepHere(parts, caller, item, key, newCase, received)

  const acceptance = acceptanceOf(parts, caller, item, key, newCase, received)
  const accepted = await store.accept(acceptance).catch(explain(NOTHING_KEPT, MAY_BE_KEPT))
  if (accepted.kind === 'repeated') return again(parts, caller, key, accepted.repeat)
  if (accepted.kind === 'materials-unusable') throw await unusableUploads(parts, caller, newCase.body, null)

  const filed: Filed = { item, acceptance, warnings: await twinWarnings(parts, caller, accepted.sameItemOpen) }
  const first = deliverFirst(parts, caller, filed)
  parts.background.add(first)
  return answeredOr202(parts, caller, filed, first, filing.patienceMs)
}

/** Nothing is forwarded: the hall that has taken it decides it, so one transaction makes the case and keeps its answer. */
async function keepHere(
  parts: Parts,
  caller: Caller,
  item: Item,
  key: IdempotencyKey,
  newCase: NewCase,
  received: ReceivedBody,
): Promise<Handled> {
  const [leg] = newCase.legs
  const { filedAt } = newCase
  const answer = answerWith(parts, item, firstView(parts, caller, newCase, 'local'), filedAt)
  const record = parts.recording.of(caller, 'request-answered', 'collected', {
    subjectKey: newCase.subjectKeys[0] ?? null,
    item: item.code,
    city: leg.city,
    collectingCity: newCase.collectingCity,
    routeRule: leg.routeRule,
    caseNo: newCase.caseNo,
    leg: leg.leg,
    status: answer.status,
    schemaDigest: newCase.schemaDigest,
    consentVersion: newCase.body.consent?.version ?? null,
    requestDigest: parts.recording.digest(received.bytes),
    disclosed: parts.recording.disclose(statedWith(newCase.body)),
  })
  const lease = parts.ids.lease()
  const accepted = await parts.store
    .accept({
      key,
      newCase,
      lease,
      leaseUntil: filedAt,
      intent: record,
      materials: namedMaterials(parts, caller, newCase),
      keptHere: answer,
    })
    .catch(explain(NOTHING_KEPT, MAY_BE_KEPT))
  if (accepted.kind === 'repeated') return again(parts, caller, key, accepted.repeat)
  if (accepted.kind === 'materials-unusable') throw await unusableUploads(parts, caller, newCase.body, null)
  return { recordId: record.id, ...answer }
}

function acceptanceOf(
  parts: Parts,
  caller: Caller,
  item: Item,
  key: IdempotencyKey,
  newCase: NewCase,
  received: ReceivedBody,
): Acceptance {
  const [leg] = newCase.legs
  const { deadlineMs } = parts.cities.backend(leg.city, item)
  return {
    key,
    newCase,
    keptHere: null,
    materials: namedMaterials(parts, caller, newCase),
    lease: parts.ids.lease(),
    leaseUntil: newCase.filedAt + deadlineMs + parts.timing.leaseMarginMs,
    intent: parts.recording.of(caller, 'forwarded', 'sending', {
      subjectKey: newCase.subjectKeys[0] ?? null,
      item: item.code,
      city: leg.city,
      collectingCity: newCase.collectingCity,
      routeRule: leg.routeRule,
      caseNo: newCase.caseNo,
      leg: leg.leg,
      call: 'deliver',
      schemaDigest: newCase.schemaDigest,
      consentVersion: newCase.body.consent?.version ?? null,
      requestDigest: parts.recording.digest(received.bytes),
      disclosed: parts.recording.disclose(statedWith(newCase.body)),
    }),
  }
}

function namedMaterials({ keyed }: Parts, { principal }: Caller, { body }: NewCase): Acceptance['materials'] {
  return { owner: mayUpload(principal, keyed), materialIds: uploadsNamed(body) }
}

async function deliverFirst(parts: Parts, caller: Caller, { item, acceptance, warnings }: Filed): Promise<Handled> {
  const { newCase, intent } = acceptance
  const claim = firstClaim(acceptance)
  const attempted = await attempt(parts, claim, 'caller')
  const { settled, endedAt: now } = attempted
  const answer = answerWith(parts, item, firstView(parts, caller, newCase, attempted), now, warnings)
  const outcome = parts.recording.of(caller, 'city-answered', settled.state, {
    ...outcomeFacts(parts, claim, intent.subjectKey, attempted),
    collectingCity: newCase.collectingCity,
    status: answer.status,
  })
  try {
    const held = await parts.store.settle(settlementOf(parts, claim, attempted, { records: [outcome], answer }))
    if (held) return { recordId: intent.id, ...answer }
  } catch {
    // The case is safe: its lease runs out, and the courier asks the city. The caller must not be told that nothing happened.
  }
  return {
    recordId: intent.id,
    ...answerWith(parts, item, firstView(parts, caller, newCase, null), now, warnings),
  }
}

function firstView(parts: Parts, caller: Caller, newCase: NewCase, first: Attempted | 'local' | null): CaseRecord {
  const place = placeOf(parts.catalogue.known(newCase.item), newCase.legs, newCase.legs[0].leg)
  return caseAfterFirstAttempt(newCase, first, place, caller.principal.role)
}

function firstClaim({ newCase, lease, leaseUntil, intent }: Acceptance): Claim {
  const [leg] = newCase.legs
  return {
    caseNo: newCase.caseNo,
    item: newCase.item,
    leg: leg.leg,
    messageNo: 0,
    city: leg.city,
    lease,
    leaseUntil,
    call: 'deliver',
    attempts: 1,
    notKnown: 0,
    mayHaveArrived: false,
    triedSince: newCase.filedAt,
    sentAt: newCase.filedAt,
    relatedCaseNo: null,
    relatedResults: [],
    backendCaseNo: null,
    correctionNo: null,
    reason: null,
    takenAt: newCase.filedAt,
    body: newCase.body,
    filedAt: newCase.filedAt,
    legs: newCase.legs,
    intentId: intent.id,
  }
}

/** The first attempt's answer, or a 202 when the caller's patience ends first; the attempt goes on either way. */
async function answeredOr202(
  parts: Parts,
  caller: Caller,
  { item, acceptance, warnings }: Filed,
  first: Promise<Handled>,
  patienceMs: number,
): Promise<Handled> {
  const { newCase, intent } = acceptance
  const handled = await withinPatience(parts.clock, first, patienceMs)
  if (handled !== null) return handled

  const answer = answerWith(parts, item, firstView(parts, caller, newCase, null), parts.clock.now(), warnings)
  const record = parts.recording.of(caller, 'request-answered', 'sending', {
    subjectKey: intent.subjectKey,
    item: item.code,
    caseNo: newCase.caseNo,
    intent: intent.id,
    status: answer.status,
  })
  // If this cannot be written the caller still gets the case number: the intent is durable, and it is what the header names.
  await parts.store.append([record], { scope: acceptance.key.scope, answer }).catch(() => undefined)
  return { recordId: intent.id, ...answer }
}

/** Same key: the answer that was kept, or what is known while there is none. */
function again(parts: Parts, caller: Caller, key: IdempotencyKey, repeat: Repeat): Promise<Handled> {
  return repeated(parts, caller, key, repeat, (record) =>
    answerWith(parts, parts.catalogue.find(record.item), record, parts.clock.now()),
  )
}

const RETRY_AFTER_SECONDS = 2

/** 201 once the first city has answered, yes or no, or where no other city is asked; else 202 with the address to follow the case at. */
function answerWith(
  parts: Parts,
  item: Item,
  record: CaseRecord,
  now: number,
  warnings: readonly Warning[] = [],
): KeptAnswer {
  const [first] = currentLegs(record.legs)
  const { catalogue } = parts
  const shown = caseBody(record, catalogue.itemIn(item, record.competentCity), parts, now)
  const body = JSON.stringify(warnings.length === 0 ? shown : { ...shown, warnings })
  const location = `/v1/cases/${record.caseNo}`
  if (first?.delivery === 'delivered' || first?.delivery === 'refused' || first?.delivery === 'local')
    return { status: 201, headers: { location }, body }
  const nextAt = first?.nextAt ?? null
  const seconds = nextAt === null ? RETRY_AFTER_SECONDS : Math.max(1, Math.ceil((nextAt - now) / 1000))
  return { status: 202, headers: { location, 'retry-after': String(seconds) }, body }
}
