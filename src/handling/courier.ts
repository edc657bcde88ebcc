// The courier: brings what could not be brought at once, and asks about what nobody knows whether it arrived.

import type { CityKey } from '../domain/words.ts'
import type { Claim } from '../domain/store.ts'
import { applicantKey } from '../identity/rights.ts'
import { attempt, outcomeFacts, settlementOf } from './attempt.ts'
import type { Parts } from './parts.ts'

export interface CourierOptions {
  /** How often it looks for what is due. */
  readonly tickMs: number
  /** How many deliveries to one city may be under way at once, at full speed. */
  readonly perCityMax: number
  /** After a line has closed again, one more delivery at once is allowed for each such time: a returning city is met by a ramp. */
  readonly rampStepMs: number
  readonly onError: (error: unknown) => void
}

/**
 * Works until disposed; disposing waits for the deliveries under way.
 * It holds no state of its own: what it claims stands in the store under a lease, and a lease that runs out (a crash)
 * brings the delivery back as one to enquire about.
 */
export function openCourier(parts: Parts, options: CourierOptions): AsyncDisposable {
  const { clock, cities, store } = parts
  const closing = new AbortController()
  const underWay = new Map<CityKey, Set<Promise<void>>>()
  const keys = [...new Set(cities.all.map((backend) => backend.city))]

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      await Promise.all(keys.map((city) => claimFor(city).catch(options.onError)))
      await clock.delay(options.tickMs, closing.signal).catch(() => undefined)
    }
  }

  async function claimFor(city: CityKey): Promise<void> {
    const running = underWay.get(city) ?? new Set()
    underWay.set(city, running)
    const limit = allowed(city) - running.size
    if (limit <= 0) return
    const now = clock.now()
    const longest = Math.max(...backendsOf(city).map((backend) => backend.deadlineMs))
    const claims = await store.claimDue({
      city,
      sendsAgain: backendsOf(city).every(({ canEnquire, honoursReference }) => !canEnquire && honoursReference),
      now,
      leaseUntil: now + longest + parts.timing.leaseMarginMs,
      limit,
      leases: Array.from({ length: limit }, () => parts.ids.lease()),
      recordIds: Array.from({ length: limit }, () => parts.ids.recordId(now)),
      configVersion: parts.configVersion,
    })
    for (const claim of claims) {
      const delivery = deliver(claim)
        .catch(options.onError)
        .finally(() => running.delete(delivery))
      running.add(delivery)
    }
  }

  async function deliver(claim: Claim): Promise<void> {
    const attempted = await attempt(parts, claim, 'courier')
    const facts = outcomeFacts(parts, claim, applicantKey(claim.body, parts.keyed), attempted)
    const record = parts.recording.own('city-answered', attempted.settled.state, facts)
    await store.settle(settlementOf(parts, claim, attempted, { records: [record], answer: null }))
  }

  const backendsOf = (city: CityKey) => cities.all.filter((backend) => backend.city === city)

  function allowed(city: CityKey): number {
    const open = backendsOf(city).filter((backend) => backend.isOpenForCalls())
    if (open.length === 0) return 0
    const closedFor = clock.now() - Math.max(...open.map((backend) => backend.closedSince()))
    return Math.min(options.perCityMax, 1 + Math.floor(closedFor / options.rampStepMs))
  }

  const working = work()
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
      await Promise.all([...underWay.values()].flatMap((running) => [...running]))
    },
  }
}
