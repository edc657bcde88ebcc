// Reckons up a run: acknowledged = stored = delivered once = in the audit log, and nothing else anywhere.

import { lookUp, receivedBy, type Answer, type RunningGateway } from '../gateway/harness.ts'
import type { Callers } from './callers.ts'
import { readLog, wrongWith, type Acknowledged } from './evidence.ts'

export interface Reckoning {
  /** Intents without an outcome: what an auditor has to look into. */
  readonly findings: number
  readonly records: number
  /** Everything that a promise was broken by; empty = all held. */
  readonly broken: readonly string[]
}

/** To be called when the callers have stopped and every city is well. Waits until each case is at rest. */
export async function reckonUp(gateway: RunningGateway, callers: Callers, keys: readonly string[]): Promise<Reckoning> {
  const acknowledged = [...callers.filed.values()]
  const broken = [
    ...callers.broken,
    ...(await allAtRest(gateway, acknowledged)),
    ...(await nobodyElse(gateway, acknowledged, keys)),
  ]
  const atRest = await readLog(gateway)
  const recordIds = new Set(atRest.all.map(({ id }) => String(id)))
  for (const id of callers.answered) if (!recordIds.has(id)) broken.push(`the record ${id} of an answer is not there`)
  for (const id of atRest.orphans) broken.push(`the outcome ${id} names no intent`)
  if (atRest.gaps > 0) broken.push(`${atRest.gaps} gaps in the sequence of ${atRest.all.length} records`)
  return { findings: atRest.findings.length, records: atRest.all.length, broken }
}

/** A few at a time: each looks again and again until its case is at rest. */
async function allAtRest(gateway: RunningGateway, acknowledged: readonly Acknowledged[]): Promise<readonly string[]> {
  const wrong: string[] = []
  const waiting = [...acknowledged]
  const look = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      wrong.push(...(await wrongWith(gateway, one)))
  }
  await Promise.all(Array.from({ length: 8 }, look))
  return wrong
}

/** Nothing took effect in a city, and no case is there, of which no caller was told. */
async function nobodyElse(
  gateway: RunningGateway,
  acknowledged: readonly Acknowledged[],
  keys: readonly string[],
): Promise<readonly string[]> {
  const known = new Set(acknowledged.map(({ caseNo }) => caseNo))
  const strangers: string[] = []
  for (const city of keys) {
    for (const { caseNo } of await receivedBy(gateway, city)) {
      if (!known.has(caseNo)) strangers.push(`${caseNo} took effect in ${city}, and nobody was told of it`)
    }
  }
  for (let after: string | null = ''; after !== null;) {
    const page: Answer = await lookUp(gateway, `/v1/cases?limit=200${after === '' ? '' : `&after=${after}`}`, 'clerk')
    for (const { caseNo } of page.body['cases'])
      if (!known.has(caseNo)) strangers.push(`${caseNo} is a case that nobody was told of`)
    after = page.body['next']
  }
  return strangers
}
