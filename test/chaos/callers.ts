// Callers that file and ask without a pause, each repeating a request with its key until it is answered, as callers should.

import { setTimeout as delay } from 'node:timers/promises'
import { ask, file, sample, type Answer, type RunningGateway } from '../gateway/harness.ts'
import type { Acknowledged } from './evidence.ts'

export const ITEM = 'mi-remote-care-filing'
const QUERY = 'hf-account-loan-query'
const ANSWERED_MS = 60_000

export interface CallersOptions {
  /** Whom the next request is sent to. */
  readonly at: () => RunningGateway
  readonly keys: readonly string[]
  readonly random: () => number
  /** Codes of refusals that a retry with the same key is to cure, beside that it is still at work. */
  readonly cured: readonly string[]
}

export interface Callers {
  /** By idempotency key: what its first acknowledgement said. */
  readonly filed: ReadonlyMap<string, Acknowledged>
  /** Ids of the records that answers named. */
  readonly answered: readonly string[]
  readonly broken: string[]
  readonly counts: { acknowledgements: number; brokenConnections: number; refusals: number; queries: number }
  /** Works until `stop`. */
  work(): Promise<void>
  stop(): void
}

export function openCallers({ at, keys, random, cured }: CallersOptions): Callers {
  const state = { isStopped: false }
  const counts = { acknowledgements: 0, brokenConnections: 0, refusals: 0, queries: 0 }
  const filed = new Map<string, Acknowledged>()
  const answered: string[] = []
  const broken: string[] = []
  const someCity = (): string => keys[Math.floor(random() * keys.length)] ?? ''

  /** Null where the connection broke: whoever answered was killed meanwhile. */
  async function tried(request: () => Promise<Answer>): Promise<Answer | null> {
    try {
      const answer = await request()
      const record = answer.headers.get('audit-record')
      // What could not be recorded was refused for that.
      if (record !== null) answered.push(record)
      else if (answer.status < 500) broken.push(`an answer of ${answer.status} names no record`)
      return answer
    } catch {
      counts.brokenConnections += 1
      return null
    }
  }

  function isCured({ status, body }: Answer): boolean {
    if (status === 409) return true
    if (!cured.includes(String(body['code'] ?? ''))) return false
    counts.refusals += 1
    return true
  }

  async function apply(): Promise<void> {
    const city = someCity()
    const key = crypto.randomUUID()
    const wish = {
      body: sample(ITEM, city),
      headers: { 'idempotency-key': key, prefer: `wait=${random() < 0.3 ? 0 : 5}` },
    }
    for (const began = performance.now(); performance.now() - began < ANSWERED_MS;) {
      const answer = await tried(() => file(at(), ITEM, city, wish))
      if (answer?.status === 201 || answer?.status === 202) {
        acknowledge(key, String(answer.body['caseNo']), city)
        // Now and then once more, though it was answered.
        if (random() < 0.7) return
      } else if (answer !== null && !isCured(answer)) {
        broken.push(`an application was answered ${answer.status}: ${answer.text}`)
        return
      }
      await delay(answer === null ? 20 : 100)
    }
    broken.push(`an application to ${city} was never answered`)
  }

  function acknowledge(key: string, caseNo: string, city: string): void {
    counts.acknowledgements += 1
    const before = filed.get(key)
    if (before !== undefined && before.caseNo !== caseNo) broken.push(`one key, two cases: ${before.caseNo}, ${caseNo}`)
    filed.set(key, { caseNo, city })
  }

  async function query(): Promise<void> {
    const answer = await tried(() => ask(at(), QUERY, someCity()))
    if (answer === null) return delay(20)
    counts.queries += 1
    if (answer.status >= 500 && answer.body['source'] !== 'city' && !isCured(answer))
      broken.push(`a query: ${answer.status} ${answer.text}`)
  }

  return {
    filed,
    answered,
    broken,
    counts,
    stop: () => void (state.isStopped = true),
    async work() {
      while (!state.isStopped) {
        if (random() < 0.3) await query()
        else await apply()
      }
    },
  }
}
