// Sends each item to each city that offers it, as a clerk of one hall would, and notes what came back.

import type { SubmissionBody } from '../../domain/submission.ts'
import { isDecidedWhereTaken } from '../../domain/item.ts'
import type { Item } from '../../domain/item.ts'

export interface DemoOptions {
  readonly address: string
  /** Bearer token of a clerk of this city, who files. */
  readonly clerkOf: (city: string) => string
  /** Bearer token of an auditor, who looks whether the evidence is there. */
  readonly auditor: string
  readonly jobs: readonly DemoJob[]
  readonly concurrency: number
  readonly onDone: (done: number, result: DemoResult) => void
}

export interface DemoJob {
  readonly item: Item
  /** Where it is to be decided. */
  readonly city: string
  /** Where it is filed. */
  readonly from: string
  readonly body: SubmissionBody
}

/** local: decided where it was taken, no other city being called. refused: the city said no. stored: kept, to be brought later. unexpected: anything else, named by `note`. */
export type DemoOutcome = 'delivered' | 'local' | 'refused' | 'stored' | 'unexpected'

export interface DemoResult {
  readonly item: string
  readonly city: string
  readonly interaction: Item['interaction']
  readonly outcome: DemoOutcome
  readonly status: number
  readonly tookMs: number
  readonly caseNo: string | null
  /** Whether the audit record that the answer names can be read by an auditor. */
  readonly recorded: boolean
  readonly note: string | null
  readonly answer: unknown
}

const ANSWER_MS_MAX = 40_000

/** Works off all jobs, `concurrency` at once. Rejects only if the gateway cannot be reached at all. */
export async function runDemo(options: DemoOptions): Promise<readonly DemoResult[]> {
  const results: DemoResult[] = []
  const waiting = options.jobs.values()
  const work = async (): Promise<void> => {
    for (const job of waiting) {
      const result = await send(options, job)
      results.push(result)
      options.onDone(results.length, result)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  return results
}

async function send(options: DemoOptions, job: DemoJob): Promise<DemoResult> {
  const { item, city, body } = job
  const path = item.interaction === 'query' ? 'queries' : 'applications'
  const started = performance.now()
  const answer = await fetch(`${options.address}/v1/items/${item.code}/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${options.clerkOf(job.from)}`,
      'content-type': 'application/json',
      ...(item.interaction === 'application' ? { 'idempotency-key': crypto.randomUUID() } : {}),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  const value = (await answer.json()) as Readonly<Record<string, unknown>>
  const tookMs = performance.now() - started
  const recordId = answer.headers.get('audit-record')
  const recorded = recordId !== null && (await isRecorded(options, recordId))
  const { outcome, note } = judge(job, answer.status, value)
  return {
    item: item.code,
    city,
    interaction: item.interaction,
    outcome: recorded ? outcome : 'unexpected',
    status: answer.status,
    tookMs,
    caseNo: typeof value['caseNo'] === 'string' ? value['caseNo'] : null,
    recorded,
    note: recorded ? note : `${note ?? ''} no audit record`.trim(),
    answer: value,
  }
}

function judge(
  job: DemoJob,
  status: number,
  value: Readonly<Record<string, unknown>>,
): { outcome: DemoOutcome; note: string | null } {
  if (job.item.interaction === 'query') {
    if (status === 200 && value['found'] === true && value['city'] === job.city)
      return { outcome: 'delivered', note: null }
    return { outcome: value['code'] === 'CITY_REFUSED' ? 'refused' : 'unexpected', note: noteOf(status, value) }
  }
  if (value['competentCity'] !== job.city) return { outcome: 'unexpected', note: noteOf(status, value) }
  if (isDecidedWhereTaken(job.item)) {
    const kept = status === 201 && value['delivery'] === 'local' && value['collectingCity'] === job.city
    return kept ? { outcome: 'local', note: null } : { outcome: 'unexpected', note: noteOf(status, value) }
  }
  if (status === 202) return { outcome: 'stored', note: String(value['delivery']) }
  if (status === 201 && value['delivery'] === 'delivered') return { outcome: 'delivered', note: null }
  return {
    outcome: status === 201 && value['state'] === 'refused' ? 'refused' : 'unexpected',
    note: noteOf(status, value),
  }
}

function noteOf(status: number, value: Readonly<Record<string, unknown>>): string {
  const errors = Array.isArray(value['errors']) ? JSON.stringify(value['errors'].slice(0, 3)) : ''
  const reasons = Array.isArray(value['reasons']) && value['reasons'].length > 0 ? JSON.stringify(value['reasons']) : ''
  const what = value['code'] ?? value['state'] ?? (value['found'] === false ? 'nothing found' : '')
  return [status, what, errors, reasons]
    .map(String)
    .filter((part) => part !== '')
    .join(' ')
}

async function isRecorded(options: DemoOptions, id: string): Promise<boolean> {
  const answer = await fetch(`${options.address}/v1/audit/records/${encodeURIComponent(id)}`, {
    headers: { authorization: `Bearer ${options.auditor}` },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  await answer.arrayBuffer()
  return answer.status === 200
}
