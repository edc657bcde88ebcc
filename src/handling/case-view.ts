// A case as callers see it: one form for the answer to an application, for GET and for lists.

import type { Item } from '../domain/item.ts'
import type { DueDay, WorkingDays } from '../domain/working-days.ts'
import type { CaseEvent, CaseRecord, LegView, NewCase, PlannedLeg, Settled } from '../domain/store.ts'

const iso = (time: number): string => new Date(time).toISOString()

/**
 * `delivery` at the top is that of the first leg: whether the case has reached its first office.
 * `item` as the competent city has it, whose days are promised; counted from the day of filing in China.
 * An item that has left the catalogue since leaves its cases readable, without the names.
 */
export function caseBody(record: CaseRecord, item: Item | undefined, workingDays: WorkingDays): object {
  const [first] = record.legs
  return {
    caseNo: record.caseNo,
    item: { code: record.item, name: item?.name },
    handlingMode: record.handlingMode,
    collectingCity: record.collectingCity,
    competentCity: record.competentCity,
    hall: record.hall,
    state: record.state,
    delivery: first?.delivery,
    reasons: record.legs.flatMap((leg) => leg.reasons),
    filedAt: iso(record.filedAt),
    updatedAt: iso(record.updatedAt),
    promisedBy: dueDay(record, item?.promisedWorkingDays, workingDays),
    statutoryBy: dueDay(record, item?.statutoryWorkingDays, workingDays),
    legs: record.legs.map((leg) => legBody(leg, item)),
    events: record.events.map((event) => ({ ...event, at: iso(event.at) })),
    news: record.news.map((told) => ({ ...told, at: iso(told.at), receivedAt: iso(told.receivedAt) })),
  }
}

function dueDay(
  { filedAt }: CaseRecord,
  days: number | null | undefined,
  workingDays: WorkingDays,
): DueDay | undefined {
  return days === null || days === undefined ? undefined : workingDays.due(filedAt, days)
}

function legBody(leg: LegView, item: Item | undefined): object {
  const rule = item?.legs.find((candidate) => candidate.key === leg.leg)
  return {
    leg: leg.leg,
    name: rule?.name,
    does: rule?.does,
    city: leg.city,
    delivery: leg.delivery,
    backendCaseNo: leg.backendCaseNo,
    cityStatus: leg.cityStatus,
    reasons: leg.reasons,
    attempts: leg.attempts,
    fault: leg.faultCode,
    nextAttemptAt: leg.nextAt === null ? null : iso(leg.nextAt),
  }
}

/** The case as it stands once the first attempt is written down as `settled` (null = still at work, local = none is made): what the store will show. */
export function caseAfterFirstAttempt(
  newCase: NewCase,
  settled: Settled | 'local' | null,
  state: NewCase['state'],
  started: PlannedLeg | null,
  now: number,
): CaseRecord {
  const { subjectKeys: _kept, legs, ...facts } = newCase
  const [first] = legs
  const events: CaseEvent[] = [{ at: newCase.filedAt, event: 'filed', leg: first.leg, city: first.city }]
  if (settled !== null && settled !== 'local')
    events.push({ at: now, event: settled.state, leg: first.leg, city: first.city })
  if (started !== null) events.push({ at: now, event: 'stored', leg: started.leg, city: started.city })
  return {
    ...facts,
    state,
    updatedAt: settled === null ? newCase.filedAt : now,
    events,
    news: [],
    legs: legs.map((leg) => {
      if (leg === first) return { ...leg, ...firstLeg(settled) }
      return {
        ...leg,
        ...UNTOUCHED,
        delivery: leg === started ? 'stored' : 'waiting',
        nextAt: leg === started ? now : null,
      }
    }),
  }
}

const UNTOUCHED = {
  backendCaseNo: null,
  cityStatus: null,
  reasons: [],
  attempts: 0,
  faultCode: null,
  nextAt: null,
} as const

function firstLeg(settled: Settled | 'local' | null): Omit<LegView, 'leg' | 'city'> {
  if (settled === 'local') return { ...UNTOUCHED, delivery: 'local' }
  const begun = { ...UNTOUCHED, attempts: 1 }
  if (settled === null) return { ...begun, delivery: 'sending' }
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
