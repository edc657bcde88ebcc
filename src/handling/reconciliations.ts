// What the comparisons with cities have found, for operators, and one of them at once.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { Reconciliation, ReconciliationFilter } from '../domain/reconciliation.ts'
import { mayOperate } from '../identity/rights.ts'
import { beijingDay, isDay } from './beijing-day.ts'
import type { Parts } from './parts.ts'
import { canList, factsOf, type Reconciler } from './reconciler.ts'

/** Throws Fault ROLE_NOT_ALLOWED. */
export async function listReconciliations(
  parts: Parts,
  caller: Caller,
  filter: ReconciliationFilter,
  cursor: (position: number | null) => string | null,
): Promise<Handled> {
  mayOperate(caller.principal)
  const { entries, next } = await parts.store.listReconciliations(filter)
  const record = parts.recording.of(caller, 'request-answered', 'answered', {
    city: filter.city ?? null,
    status: 200,
    counts: { reconciliations: entries.length },
  })
  await parts.store.append([record])
  const body = {
    reconciliations: entries.map(reconciliationBody),
    notListing: parts.cities.all.filter((one) => !canList(one)).map(({ city, key: backend }) => ({ city, backend })),
    next: cursor(next),
  }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

/**
 * Takes `{ "day" }`, compares it and answers with what was found; of a day that is not over what there is so far. Changes nothing
 * in the city; the newest comparison of a day stands in the place of those before.
 * Throws Fault ROLE_NOT_ALLOWED, LINE_UNKNOWN, CITY_CANNOT_LIST or FORM_INVALID.
 */
export async function reconcileNow(
  parts: Parts,
  reconciler: Reconciler,
  caller: Caller,
  line: { readonly city: string; readonly backend: string },
  received: ReceivedBody,
): Promise<Handled> {
  mayOperate(caller.principal)
  const backend = parts.cities.all.find(({ city, key }) => city === line.city && key === line.backend)
  if (backend === undefined) throw new Fault('LINE_UNKNOWN')
  if (!canList(backend)) throw new Fault('CITY_CANNOT_LIST', { city: backend.city })
  const day = dayOf(received.value, beijingDay(parts.clock.now()))
  const { reconciliation, recordId } = await reconciler.run(backend, day, (found) => {
    const [outcome, facts] = factsOf(found)
    return parts.recording.of(caller, 'reconciled', outcome, { ...facts, status: 200 })
  })
  return { recordId, status: 200, headers: {}, body: JSON.stringify(reconciliationBody(reconciliation)) }
}

function reconciliationBody({ beganAt, endedAt, ...found }: Reconciliation): object {
  return { ...found, beganAt: new Date(beganAt).toISOString(), endedAt: new Date(endedAt).toISOString() }
}

function dayOf(value: unknown, today: string): string {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => name !== 'day')
    .map((name) => ({ pointer: `/${name.slice(0, 60)}`, rule: 'additionalProperties', message: UNKNOWN }))
  const { day } = given as { readonly day?: unknown }
  if (typeof day !== 'string' || !isDay(day) || day > today) {
    errors.push({ pointer: '/day', rule: 'date', message: DAY })
  }
  if (errors.length > 0 || typeof day !== 'string') throw new Fault('FORM_INVALID', { errors: errors.slice(0, 20) })
  return day
}

const UNKNOWN = { zh: '只接受 day。', en: 'Only day is taken.' }
const DAY = {
  zh: '须为不晚于今天的日期，如 2026-11-22。',
  en: 'Must be a date, today’s at the latest, e.g. 2026-11-22.',
}
