// A case as callers see it: one form for the answer to an application, for GET and for lists.

import { hasFailed, moveOfCase, moveTold, type Move } from '../domain/case-states.ts'
import type { Item } from '../domain/item.ts'
import type { LegClock } from '../domain/leg-clock.ts'
import type { DueDay, WorkingDays } from '../domain/working-days.ts'
import {
  currentLegs,
  itemKey,
  legToStart,
  replacedBy,
  routedAnew,
  type LegPlace,
  type PlannedLeg,
} from '../domain/leg-place.ts'
import type { ActView, CaseEvent, CaseRecord, LegView } from '../domain/case-record.ts'
import type { NewCase } from '../domain/store.ts'
import type { Attempted } from './attempt.ts'
import { clockOf } from './deadlines.ts'
import { holdingLeg, type Offices } from './offices.ts'

/** What a case needs to be shown, beside itself and its item. */
export interface ShownBy {
  readonly workingDays: WorkingDays
  readonly offices: Offices
}

const iso = (time: number): string => new Date(time).toISOString()

/**
 * `delivery` at the top is that of the first leg: whether the case has reached its first office.
 * `item` as the competent city has it, whose days are promised; counted from the day of filing in China.
 * An item that has left the catalogue since leaves its cases readable, without the names.
 */
export function caseBody(record: CaseRecord, item: Item | undefined, shownBy: ShownBy, now: number): object {
  const { workingDays, offices } = shownBy
  const current = currentLegs(record.legs)
  const [first] = current
  const holding = holdingLeg(current, item?.legs.find(({ does }) => does === 'decide')?.key)
  const clocks = record.legs.map((leg) => clockOf(record, leg, item, workingDays, now))
  // Of a case with one leg; the whole of a joint case is promised from the day of filing.
  const clock = current.length === 1 ? clocks[record.legs.findIndex((leg) => leg === first)] : null
  return {
    caseNo: record.caseNo,
    item: { code: record.item, name: item?.name },
    handlingMode: record.handlingMode,
    collectingCity: record.collectingCity,
    competentCity: record.competentCity,
    hall: record.hall,
    state: record.state,
    delivery: first?.delivery,
    reasons: current.flatMap((leg) => leg.reasons),
    filedAt: iso(record.filedAt),
    updatedAt: iso(record.updatedAt),
    promisedBy: clock?.promisedBy ?? dueDay(record, item?.promisedWorkingDays, workingDays),
    statutoryBy: clock?.statutoryBy ?? dueDay(record, item?.statutoryWorkingDays, workingDays),
    heldBy: holding === undefined ? offices.collectedBy(record.hall) : offices.holderOf(record, holding),
    legs: record.legs.map((leg, index) => ({
      ...legBody(leg, record.legs, item, clocks[index] ?? null),
      heldBy: offices.holderOf(record, leg),
    })),
    events: record.events.map((event) => ({ ...event, at: iso(event.at) })),
    consent: record.body.consent ?? null,
    corrections: record.acts.filter(({ kind }) => kind === 'correction').map(correctionBody),
    reroutings: record.acts.filter(({ kind }) => kind === 'rerouting').map((act) => reroutingBody(act, record.legs)),
    mailings: record.acts.filter(({ kind }) => kind === 'mailing').map((act) => mailingBody(act, record.legs)),
    withdrawal: withdrawalBody(record.acts.findLast(({ kind }) => kind === 'withdrawal')),
    rating: ratingBody(record.acts.find(({ kind }) => kind === 'rating')),
    fees: feesOf(record.news),
    news: record.news.map(newsBody),
  }
}

function newsBody(told: CaseRecord['news'][number]): object {
  const { fees: _shownApart, ...rest } = told
  return { ...rest, at: iso(told.at), receivedAt: iso(told.receivedAt) }
}

/** Of each payment what was told last: that it is to be paid, then that it was. */
function feesOf(news: CaseRecord['news']): readonly object[] {
  const fees = new Map<string, object>()
  for (const { leg, city, fees: told = [] } of news) {
    for (const { paidAt, ...fee } of told) {
      fees.set(`${city}/${fee.paymentNo}`, { ...fee, leg, city, paidAt: paidAt === null ? null : iso(paidAt) })
    }
  }
  return [...fees.values()]
}

/** Counted from the day of filing in China. */
export function dueDay(
  { filedAt }: CaseRecord,
  days: number | null | undefined,
  workingDays: WorkingDays,
): DueDay | undefined {
  return days === null || days === undefined ? undefined : workingDays.due(filedAt, days)
}

function legBody(leg: LegView, legs: readonly LegView[], item: Item | undefined, clock: LegClock | null): object {
  const rule = item?.legs.find((candidate) => candidate.key === itemKey(leg.leg))
  return {
    leg: leg.leg,
    name: rule?.name,
    does: rule?.does,
    city: leg.city,
    state: leg.state,
    replacedBy: replacedBy(leg.leg, legs),
    delivery: leg.delivery,
    backendCaseNo: leg.backendCaseNo,
    cityStatus: leg.cityStatus,
    reasons: leg.reasons,
    attempts: leg.attempts,
    fault: leg.faultCode,
    nextAttemptAt: leg.nextAt === null ? null : iso(leg.nextAt),
    clock:
      clock === null ? null : { ...clock, stoppedSince: clock.stoppedSince === null ? null : iso(clock.stoppedSince) },
  }
}

/** Where a message after the application stands. */
export function messageBody({
  leg,
  city,
  delivery,
  cityStatus,
  reasons,
  attempts,
  ...message
}: ActView['messages'][number]): object {
  const nextAttemptAt = message.nextAt === null ? null : iso(message.nextAt)
  return { leg, city, delivery, cityStatus, reasons, attempts, fault: message.faultCode, nextAttemptAt }
}

function correctionBody({ correctionNo, at, by, hall, messages }: ActView): object {
  return { correctionNo, takenAt: iso(at), by, hall, ...messages.map(messageBody)[0] }
}

function reroutingBody({ at, by, hall, leg, reason }: ActView, legs: readonly LegView[]): object {
  const placeOf = (key: string): object => ({ leg: key, city: legs.find((one) => one.leg === key)?.city ?? null })
  const from = leg ?? ''
  return { reroutedAt: iso(at), by, hall, from: placeOf(from), to: placeOf(routedAnew(from)), reason }
}

function mailingBody({ at, by, hall, leg, mailing }: ActView, legs: readonly LegView[]): object {
  const city = legs.find((one) => one.leg === leg)?.city ?? null
  return { mailedAt: iso(at), by, hall, leg, city, ...mailing }
}

function withdrawalBody(act: ActView | undefined): object | null {
  if (act === undefined) return null
  return {
    takenAt: iso(act.at),
    by: act.by,
    hall: act.hall,
    reason: act.reason,
    messages: act.messages.map(messageBody),
  }
}

function ratingBody(act: ActView | undefined): object | null {
  return act === undefined ? null : { ratedAt: iso(act.at), by: act.by, ...act.rating }
}

/** The case as it stands once the first attempt is written down (null = still at work, local = none is made): what the store will show. */
export function caseAfterFirstAttempt(
  newCase: NewCase,
  first: Attempted | 'local' | null,
  place: LegPlace,
  by: CaseEvent['by'],
): CaseRecord {
  const { subjectKeys: _kept, legs, ...facts } = newCase
  const [leg] = legs
  const attempted = first === 'local' ? null : first
  const now = attempted?.endedAt ?? newCase.filedAt
  const moved = attempted === null || attempted.told === null ? null : moveTold('collected', attempted.told)
  const ofCase = moved === null ? null : moveOfCase(newCase.state, moved, place, 'city', () => legs.length === 1)
  const state = ofCase?.to ?? newCase.state
  const number = attempted?.settled.state === 'delivered' ? attempted.settled.backendCaseNo : null
  const started = moved === null ? null : legToStart(place, moved.to, state, number)
  return {
    ...facts,
    state,
    updatedAt: now,
    events: eventsOf(newCase, attempted, moved, place.decides ? null : ofCase, started, by),
    news: [],
    acts: [],
    legs: legs.map((planned) => {
      const { leg: key, city } = planned
      if (planned === leg) return { leg: key, city, state: moved?.to ?? 'collected', ...firstLeg(first) }
      const isStarted = planned.leg === started?.leg
      return {
        leg: key,
        city,
        state: 'collected',
        ...UNTOUCHED,
        delivery: isStarted ? 'stored' : hasFailed(state) && state !== 'returned' ? 'cancelled' : 'waiting',
        nextAt: isStarted ? now : null,
      }
    }),
  }
}

function eventsOf(
  { filedAt, hall, legs: [{ leg, city }] }: NewCase,
  attempted: Attempted | null,
  moved: Move | null,
  stopped: Move | null,
  started: PlannedLeg | null,
  by: CaseEvent['by'],
): readonly CaseEvent[] {
  const plain = { leg, city, by: 'gateway', hall: null, state: null, document: null } as const
  const events: CaseEvent[] = [
    { ...plain, at: filedAt, event: 'filed', by, hall, state: 'collected', document: 'receipt' },
  ]
  if (attempted === null) return events
  const at = attempted.endedAt
  events.push({ ...plain, at, event: attempted.settled.state })
  for (const [move, mover] of [
    [moved, 'city'],
    [stopped, 'other-leg'],
  ] as const) {
    if (move !== null)
      events.push({ ...plain, at, event: move.event, by: mover, state: move.to, document: move.document })
  }
  if (started !== null) events.push({ ...plain, at, event: 'stored', leg: started.leg, city: started.city })
  return events
}

const UNTOUCHED = {
  backendCaseNo: null,
  cityStatus: null,
  reasons: [],
  attempts: 0,
  faultCode: null,
  nextAt: null,
} as const

function firstLeg(first: Attempted | 'local' | null): Omit<LegView, 'leg' | 'city' | 'state'> {
  if (first === 'local') return { ...UNTOUCHED, delivery: 'local' }
  const begun = { ...UNTOUCHED, attempts: 1 }
  if (first === null) return { ...begun, delivery: 'sending' }
  const { settled } = first
  switch (settled.state) {
    case 'delivered':
      return { ...begun, delivery: 'delivered', backendCaseNo: settled.backendCaseNo, cityStatus: settled.cityStatus }
    case 'refused':
      return { ...begun, delivery: 'refused', reasons: settled.reasons }
    case 'stored':
    case 'unconfirmed':
      return { ...begun, delivery: settled.state, faultCode: settled.faultCode, nextAt: settled.nextAt }
    case 'stuck':
      return { ...begun, delivery: 'stuck', faultCode: settled.faultCode }
  }
}
