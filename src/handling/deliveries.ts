// What operators see of the messages that are not at rest, and how one of them is listed with what can be done about it.

import type { Caller, Handled } from '../domain/caller.ts'
import type { DeliveryAct, DeliveryFilter, OpenDelivery } from '../domain/open-delivery.ts'
import { actsOn } from '../domain/open-delivery.ts'
import { mayOperate } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

/** A page of them, the oldest case first. Throws Fault ROLE_NOT_ALLOWED. */
export async function listDeliveries(
  parts: Parts,
  caller: Caller,
  filter: DeliveryFilter,
  cursor: (position: number | null) => string | null,
): Promise<Handled> {
  mayOperate(caller.principal)
  const page = await parts.store.listDeliveries(filter)
  const record = parts.recording.of(caller, 'request-answered', 'answered', {
    city: filter.city ?? null,
    status: 200,
    counts: { deliveries: page.entries.length },
  })
  await parts.store.append([record])
  const now = parts.clock.now()
  const body = {
    deliveries: page.entries.map((delivery) => deliveryBody(parts, delivery, now)),
    next: cursor(page.next),
  }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

export function deliveryBody(parts: Parts, delivery: OpenDelivery, now: number): object {
  const { caseNo, leg, item, since, lastAttemptAt, faultCode, nextAt, atWorkUntil, isNext, ...rest } = delivery
  return {
    ...rest,
    caseNo,
    leg,
    // By this the city's staff find it, where they have it.
    reference: `${caseNo}.${leg}`,
    item: { code: item, name: parts.catalogue.known(item)?.name },
    since: iso(since),
    lastAttemptAt: iso(lastAttemptAt),
    nextAttemptAt: iso(nextAt),
    fault: faultCode,
    waitsForOther: !isNext,
    canBe: isAtWork(atWorkUntil, now) ? [] : usefulActs(parts, delivery),
  }
}

const isAtWork = (until: number | null, now: number): boolean => until !== null && until > now

/** What may be done and leads anywhere: trying again is of no use where the city's protocol has no way for it. */
export function usefulActs(parts: Parts, delivery: OpenDelivery): readonly DeliveryAct[] {
  return actsOn(delivery).filter((act) => act !== 'redrive' || canBeTried(parts, delivery))
}

function canBeTried({ catalogue, cities }: Parts, { item: code, city, kind, mayHaveArrived }: OpenDelivery): boolean {
  const item = catalogue.known(code)
  if (item === undefined) return false
  const { accepts, canEnquire, honoursReference } = cities.backend(city, item)
  switch (kind) {
    case 'application':
      return !mayHaveArrived || canEnquire || honoursReference
    case 'correction':
      return accepts.corrections
    case 'withdrawal':
      return accepts.withdrawals
  }
}
