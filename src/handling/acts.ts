// The path of what a person does with a case after it was filed: entered durably, then brought to the city, then answered.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { Act, ActEntered, NewAct } from '../domain/acts.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { Claim, KeptAnswer } from '../domain/store.ts'
import type { CityKey } from '../domain/words.ts'
import { applicantKey, caseScope, hallKey, mayActOnCases } from '../identity/rights.ts'
import { attempt, outcomeFacts, settlementOf } from './attempt.ts'
import { caseBody } from './case-view.ts'
import { ACT_MAY_BE_KEPT, ACT_NOT_KEPT, explain } from './explain.ts'
import { unusableUploads } from './materials.ts'
import type { Parts } from './parts.ts'
import { withinPatience } from './patience.ts'
import { whyNot } from './refusals.ts'
import { idempotencyKey, repeated } from './repeated.ts'

export interface Asking {
  readonly caseNo: string
  /** The Idempotency-Key header, unquoted. */
  readonly key: string
  readonly received: ReceivedBody
  /** How long the caller waits for the city's answer before a 202 (Prefer: wait=N). */
  readonly patienceMs: number
}

/** What is to be entered, once it has been checked against the case; `city`: where its message goes, null where none does. */
export interface PreparedAct {
  readonly act: Act
  readonly call: 'correct' | 'withdraw' | 'deliver' | null
  readonly city: CityKey | null
}

/**
 * Durable before anything leaves; the case is answered as it stands then. 201: done, or refused by the city. 202: kept, and going
 * to be brought there. Throws a Fault where we refuse it: nothing is kept then, and nothing was sent. After a crash the courier
 * sends what was kept, again if nobody knows whether it arrived: cities take the same correction or withdrawal twice for one.
 */
export async function perform(
  parts: Parts,
  caller: Caller,
  asking: Asking,
  prepare: (record: CaseRecord, item: Item) => PreparedAct,
): Promise<Handled> {
  const { store, catalogue, keyed } = parts
  mayActOnCases(caller.principal)
  const { caseNo, received } = asking
  const path = caller.route.replace(':caseNo', caseNo)
  const key = idempotencyKey(parts, caller, path, asking.key, received.bytes)
  // What was done under this key may be the very reason why it cannot be done now.
  const before = await store.findRepeat(key.scope).catch(explain(ACT_NOT_KEPT))
  if (before !== null) return repeated(parts, caller, key, before, (record) => answerOf(parts, record, 202))

  const record = await store.findCase(caseNo, caseScope(caller.principal, keyed)).catch(explain(ACT_NOT_KEPT))
  if (record === null) throw new Fault('CASE_UNKNOWN')
  const prepared = prepare(record, catalogue.find(record.item))
  const newAct = newActOf(parts, caller, asking, record, prepared, key)
  const entered = await store.enterAct(newAct).catch(explain(ACT_NOT_KEPT, ACT_MAY_BE_KEPT))
  switch (entered.kind) {
    case 'repeated':
      return repeated(parts, caller, key, entered.repeat, (now) => answerOf(parts, now, 202))
    case 'not-now':
      throw new Fault('CASE_STATE_REFUSES', { caseNo, detail: whyNot(prepared.act.kind, entered.state) })
    case 'materials-unusable':
      throw await unusableUploads(
        parts,
        caller,
        'body' in prepared.act ? prepared.act.body : record.body,
        record.caseNo,
      )
    case 'entered':
      return afterEntering(parts, caller, asking, newAct, entered)
  }
}

function newActOf(
  parts: Parts,
  caller: Caller,
  { caseNo, received }: Asking,
  record: CaseRecord,
  { act, call, city }: PreparedAct,
  key: NewAct['key'],
): NewAct {
  const at = parts.clock.now()
  const facts = {
    subjectKey: applicantKey(record.body, parts.keyed),
    item: record.item,
    city,
    collectingCity: record.collectingCity,
    caseNo,
    leg: 'to' in act ? act.to.leg : 'leg' in act ? act.leg : null,
    routeRule: 'to' in act ? act.to.routeRule : null,
    schemaDigest: 'schemaDigest' in act ? act.schemaDigest : null,
    consentVersion: 'body' in act ? (act.body.consent?.version ?? null) : null,
    requestDigest: parts.recording.digest(received.bytes),
  }
  const deadlineMs = city === null ? 0 : parts.cities.backend(city, parts.catalogue.find(record.item)).deadlineMs
  return {
    key,
    caseNo,
    act,
    at,
    by: caller.principal.role === 'clerk' ? 'clerk' : 'resident',
    hall: hallKey(caller.principal),
    configVersion: parts.configVersion,
    lease: parts.ids.lease(),
    leaseUntil: at + deadlineMs + parts.timing.leaseMarginMs,
    intent: parts.recording.of(caller, 'forwarded', 'sending', { ...facts, call }),
    record: parts.recording.of(caller, 'case-acted', act.kind, facts),
  }
}

/** No message goes out for these. */
const DONE_AT_ONCE: ReadonlySet<Act['kind']> = new Set(['rating', 'mailing', 'news'])

async function afterEntering(
  parts: Parts,
  caller: Caller,
  asking: Asking,
  newAct: NewAct,
  { claim, state }: Extract<ActEntered, { kind: 'entered' }>,
): Promise<Handled> {
  const { act, record } = newAct
  if (claim === null) {
    const isDone = DONE_AT_ONCE.has(act.kind) || (act.kind === 'withdrawal' && state === 'withdrawn')
    return answered(parts, caller, newAct, record.id, isDone ? 201 : 202)
  }
  const first = bring(parts, caller, newAct, claim)
  parts.background.add(first)
  const handled = await withinPatience(parts.clock, first, asking.patienceMs)
  return handled ?? answered(parts, caller, newAct, newAct.intent.id, 202)
}

/** Sends the message, and writes down what became of it. */
async function bring(parts: Parts, caller: Caller, newAct: NewAct, claim: Claim): Promise<Handled> {
  const attempted = await attempt(parts, claim, 'caller')
  const { state } = attempted.settled
  const status = state === 'delivered' || state === 'refused' ? 201 : 202
  const outcome = parts.recording.of(caller, 'city-answered', state, {
    ...outcomeFacts(parts, claim, newAct.intent.subjectKey, attempted),
    status,
  })
  // Where this fails the act is safe: its lease runs out, and the courier sends it again.
  const held = await parts.store
    .settle(settlementOf(parts, claim, attempted, { records: [outcome], answer: null }))
    .catch(() => false)
  return answered(parts, caller, newAct, newAct.intent.id, held ? status : 202)
}

/** The case as it stands now, kept for the key; where it cannot be kept or read any more the caller still learns that it is safe. */
async function answered(
  parts: Parts,
  caller: Caller,
  { caseNo, key }: NewAct,
  recordId: string,
  status: number,
): Promise<Handled> {
  const scope = caseScope(caller.principal, parts.keyed)
  const found = await parts.store.findCase(caseNo, scope).catch(() => null)
  if (found === null) return { recordId, status: 202, headers: waiting(caseNo), body: JSON.stringify({ caseNo }) }
  const answer = answerOf(parts, found, status)
  const record = parts.recording.of(caller, 'request-answered', 'answered', {
    item: found.item,
    caseNo,
    intent: recordId,
    status,
  })
  await parts.store.append([record], { scope: key.scope, answer }).catch(() => undefined)
  return { recordId, ...answer }
}

function answerOf(parts: Parts, record: CaseRecord, status: number): KeptAnswer {
  const item = parts.catalogue.known(record.item)
  const inCity = item && parts.catalogue.itemIn(item, record.competentCity)
  const body = JSON.stringify(caseBody(record, inCity, parts, parts.clock.now()))
  const { caseNo } = record
  return { status, headers: status === 202 ? waiting(caseNo) : { location: `/v1/cases/${caseNo}` }, body }
}

const RETRY_AFTER_SECONDS = 2

const waiting = (caseNo: string): Readonly<Record<string, string>> => ({
  location: `/v1/cases/${caseNo}`,
  'retry-after': String(RETRY_AFTER_SECONDS),
})

/** Throws Fault CITY_MESSAGE_UNSUPPORTED where the city takes no such message. */
export function cityTakes(parts: Parts, city: CityKey, item: Item, what: 'corrections' | 'withdrawals'): void {
  if (!parts.cities.backend(city, item).accepts[what]) throw new Fault('CITY_MESSAGE_UNSUPPORTED', { city })
}
