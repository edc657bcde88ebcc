// Holds what a gateway answered against what its cities took and what its audit log says.

import type { Test } from 'tap'
import { call, receivedBy, records, tokenOf, until, type Json, type RunningGateway } from '../gateway/harness.ts'

export interface Acknowledged {
  readonly caseNo: string
  readonly city: string
}

export interface Finding {
  readonly id: string
  readonly call: string
  readonly caseNo: string | null
}

/** Whatever could still be on its way: a lease, the settling time, twice not known, and the pauses between. */
const REST_MS = 90_000

export async function caseOf(gateway: RunningGateway, caseNo: string): Promise<Json> {
  const token = tokenOf(gateway, 'clerk')
  return (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token })).body
}

/** Waits until the case is at rest, and gives what is wrong with it: nothing if it is there and its city has it once. */
export async function wrongWith(gateway: RunningGateway, { caseNo, city }: Acknowledged): Promise<readonly string[]> {
  const shown = await until(
    () => caseOf(gateway, caseNo),
    // Some cities give their number later.
    ({ delivery, legs }) => delivery === 'delivered' && legs[0].backendCaseNo !== null,
    REST_MS,
  )
  const there = await receivedBy(gateway, city, caseNo)
  return [
    ...(shown['delivery'] === 'delivered' ? [] : [`${caseNo} in ${city}: ${JSON.stringify(shown)}`]),
    ...(there.length === 1 ? [] : [`${caseNo} took effect ${there.length} times in ${city}`]),
    ...(there[0]?.backendCaseNo === shown['legs']?.[0]?.backendCaseNo ? [] : [`${caseNo}: another number there`]),
  ]
}

export interface Log {
  readonly all: readonly Json[]
  /** Intents that no outcome names: what an auditor has to look into. */
  readonly findings: readonly Finding[]
  /** Outcomes that name no intent of the log. */
  readonly orphans: readonly string[]
  /** Places of a node's sequence that are missing or taken twice. */
  readonly gaps: number
}

/** Reads the whole audit log as an auditor does, and pairs each intent with its outcome. */
export async function readLog(gateway: RunningGateway): Promise<Log> {
  const all = await records(gateway, {})
  const intents = new Map(all.filter(({ kind }) => kind === 'forwarded').map((record) => [record['id'], record]))
  const outcomes = all.filter(({ kind }) => kind === 'city-answered')
  const orphans = outcomes.filter(({ intent }) => !intents.has(intent)).map(({ id }) => String(id))
  for (const { intent } of outcomes) intents.delete(intent)
  const findings = [...intents.values()].map(({ id, call: what, caseNo }) => ({
    id: String(id),
    call: String(what),
    caseNo: (caseNo ?? null) as string | null,
  }))
  const byNode = [...Map.groupBy(all, ({ node }) => String(node)).values()]
  const gaps = byNode.reduce((sum, own) => {
    const places = own.map(({ seq }) => Number(seq)).toSorted((a, b) => a - b)
    return sum + places.filter((place, index) => place !== index + 1).length
  }, 0)
  return { all, findings, orphans, gaps }
}

/** Every case of the list is whole in the log: its intent, and an outcome that says that the city has it. */
export function recorded(t: Test, log: Log, acknowledged: readonly Acknowledged[]): void {
  const byCase = Map.groupBy(log.all, ({ caseNo }) => caseNo as string | undefined)
  const bare = acknowledged.filter(({ caseNo }) => {
    const own = byCase.get(caseNo) ?? []
    return (
      !own.some(({ kind }) => kind === 'forwarded') ||
      // Cities that tell of the taking itself may be heard before they are asked.
      !own.some(
        ({ kind, outcome }) =>
          (kind === 'city-answered' && outcome === 'delivered') || (kind === 'city-news' && outcome === 'new'),
      )
    )
  })
  t.strictSame(bare, [], 'each case has its intent and the outcome that it was delivered')
  t.strictSame(log.orphans, [], 'each outcome names an intent that is there')
  t.equal(log.gaps, 0, 'the sequence has no gap')
}
