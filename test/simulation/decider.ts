// An operator who looks at what does not arrive, asks the city's staff, and decides.

import type { Caller, Handled, ReceivedBody } from '../../src/domain/caller.ts'
import type { OpenDelivery } from '../../src/domain/open-delivery.ts'
import { decideDelivery } from '../../src/handling/decide-delivery.ts'
import { usefulActs } from '../../src/handling/deliveries.ts'
import type { Parts } from '../../src/handling/parts.ts'
import type { Ended } from './gateway.ts'
import type { Around } from './people.ts'

export interface Decider {
  decider(): Promise<void>
  /** What the city does not know: it was marked as delivered, or given up. */
  readonly decided: ReadonlySet<string>
}

const ROUTE = '/v1/operations/deliveries/:caseNo/:leg/:messageNo'
/** Somebody was faster: the courier, the city's news, or the applicant. */
const USUAL: ReadonlySet<string> = new Set(['DELIVERY_STATE_REFUSES', 'DELIVERY_UNKNOWN'])
/** What has not arrived for so long is looked at. */
const WAITS_MS = 12_000

export function openDecider(options: {
  readonly around: Around
  readonly persist: (
    what: string,
    work: (parts: Parts) => Promise<Handled>,
  ) => Promise<Exclude<Ended<Handled>, { kind: 'lost' }> | null>
  readonly caller: (route: string) => Caller
  readonly received: (value: unknown) => ReceivedBody
  readonly pause: (delayMs: number) => Promise<void>
}): Decider {
  const { around, persist, caller, received, pause } = options
  const { choices, findings } = around
  const decided = new Set<string>()
  let decisions = 0

  /** What somebody does who has asked the city: never says that it has what it has not. */
  function wishFor(parts: Parts, delivery: OpenDelivery): object | null {
    const { caseNo, leg, kind, state } = delivery
    const useful = usefulActs(parts, delivery)
    const entry = around.entryOf(`${caseNo}.${leg}`)
    const has = kind === 'application' && entry !== undefined && !entry.isRefused
    const acts = useful.filter((act) => act !== 'mark-delivered' || has)
    if (acts.length === 0) return null
    const act = has && acts.includes('mark-delivered') ? 'mark-delivered' : choices.oneOf(acts)
    return {
      act,
      reason: '已与对方核实',
      state,
      ...(act === 'mark-delivered' ? { backendCaseNo: entry?.number } : {}),
      ...(act === 'give-up' ? { reasonClass: 'handled-otherwise' } : {}),
    }
  }

  async function decide(delivery: OpenDelivery, wish: object): Promise<void> {
    const { caseNo, leg, messageNo } = delivery
    const key = `decision-${(decisions += 1)}`
    const isRedrive = 'act' in wish && wish.act === 'redrive'
    // Whoever is told nothing may have decided all the same.
    if (!isRedrive) decided.add(`${caseNo}.${leg}`)
    const ended = await persist(`${key} about ${caseNo}.${leg} ${messageNo}`, (parts) =>
      decideDelivery(parts, caller(ROUTE), { caseNo, leg, messageNo, key, received: received(wish) }),
    )
    if (ended?.kind === 'answered') findings.count(`decided ${'act' in wish ? String(wish.act) : ''}`)
    if (ended?.kind === 'refused' && !USUAL.has(ended.fault.code)) {
      findings.broken('what is right is not refused', `${key}: ${ended.fault.code}`)
    }
  }

  async function decider(): Promise<void> {
    while (around.goesOn()) {
      await pause(5000 + choices.pick(15_000))
      const now = around.timeline.now()
      const found = await around.call('a look at what does not arrive', async (parts) => {
        const { entries } = await parts.store.listDeliveries({ limit: 20 })
        const old = entries.filter(({ since, state }) => state === 'stuck' || now - since > WAITS_MS)
        return old.map((delivery) => ({ delivery, wish: wishFor(parts, delivery) }))
      })
      if (found.kind !== 'answered') continue
      for (const { delivery, wish } of found.value) if (wish !== null) await decide(delivery, wish)
    }
  }

  return { decider, decided }
}
