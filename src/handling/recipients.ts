// Who received a person's data, over all cases and queries: what an auditor finds from the audit records about that person.

import type { AuditRecord } from '../domain/audit.ts'
import { MESSAGES, receivedBy, type CaseDisclosure, type TransferLeaf } from './case-disclosures.ts'
import type { RecipientsQuestion } from './find-records.ts'
import type { Parts } from './parts.ts'

/**
 * query … file: what a city was sent. answer: what a city told of the person, given to who asked. look: a case, a receipt or a search
 * for the person, read here. content: an uploaded file, given out. disclosure: what stands behind a digest, opened
 * by an auditor.
 */
export const GIVEN = [
  'query',
  'application',
  'correction',
  'withdrawal',
  'enquiry',
  'file',
  'answer',
  'look',
  'content',
  'disclosure',
] as const

export interface Transfer {
  readonly at: string
  readonly what: (typeof GIVEN)[number]
  /** A city that was sent it, or who of the staff, or which city, read it here. */
  readonly recipient: Readonly<Record<string, string>>
  readonly received: CaseDisclosure['received']
  readonly caseNo: string | null
  readonly item: string | null
  readonly record: string
}

export interface Recipients {
  readonly transfers: readonly Transfer[]
  /** Whether there are more records than were looked at: ask for a shorter period. */
  readonly more: boolean
}

interface Leaf extends TransferLeaf {
  readonly actor: TransferLeaf['actor'] & Readonly<Record<string, string>>
  readonly caseNo?: string
  readonly item?: string
  readonly method?: string
  readonly counts?: Readonly<Record<string, number>>
}

const PAGE_RECORDS = 200
const RECORDS_MAX = 20_000
/** An outcome may come that long after its intent, and past the end of the period that is asked about. */
const OUTCOME_WITHIN_MS = 10 * 60_000

/**
 * Oldest first. From records that are durable before anything is sent or answered: what left is in them. The person's own looks
 * are none, nor is what provably did not leave. Throws what the store throws.
 */
export async function recipientsOf(parts: Pick<Parts, 'store'>, question: RecipientsQuestion): Promise<Recipients> {
  const { until } = question
  const { leaves, more } = await leavesAbout(parts, {
    ...question,
    ...(until === undefined ? {} : { until: until + OUTCOME_WITHIN_MS }),
  })
  const outcomes = new Map(leaves.filter(({ kind }) => kind === 'city-answered').map((leaf) => [leaf.intent, leaf]))
  const transfers = leaves
    .filter(({ time }) => until === undefined || Date.parse(time) < until)
    .flatMap((leaf) => transferOf(leaf, outcomes.get(leaf.id)))
  return { transfers, more }
}

async function leavesAbout(
  { store }: Pick<Parts, 'store'>,
  question: RecipientsQuestion,
): Promise<{ leaves: readonly Leaf[]; more: boolean }> {
  const found: AuditRecord[] = []
  let after: number | null = 0
  while (after !== null && found.length < RECORDS_MAX) {
    const page: Awaited<ReturnType<typeof store.listRecords>> = await store.listRecords({
      ...question,
      limit: PAGE_RECORDS,
      after,
    })
    found.push(...page.entries)
    after = page.next
  }
  return { leaves: found.map(({ leaf }) => leaf as unknown as Leaf), more: after !== null }
}

function transferOf(leaf: Leaf, outcome: Leaf | undefined): readonly Transfer[] {
  if (leaf.kind === 'forwarded' && leaf.city !== undefined) {
    const what = leaf.call === 'query' ? 'query' : MESSAGES[leaf.call ?? '']
    const received = receivedBy(outcome)
    return what === undefined || received === null ? [] : [shown(leaf, what, { city: leaf.city }, received)]
  }
  const what = readHere(leaf)
  if (what === null) return []
  const { role, city, hall, subject } = leaf.actor
  const reader = Object.entries({ role, city, hall, subject }).filter(([, value]) => value !== undefined)
  return [shown(leaf, what, Object.fromEntries(reader) as Readonly<Record<string, string>>, 'yes')]
}

/** What others than the person read of the person here; null for a record that is about no such thing. */
function readHere({
  kind,
  actor,
  call,
  outcome,
  method,
  counts,
}: Leaf): 'answer' | 'look' | 'content' | 'disclosure' | null {
  if (actor.role === 'resident' || actor.role === 'gateway') return null
  if (kind === 'disclosure-opened') return outcome === 'open' ? 'disclosure' : null
  if (kind === 'material-read') return 'content'
  if (kind === 'city-answered') return call === 'query' && outcome === 'found' ? 'answer' : null
  // A search that found nothing showed nothing.
  if (kind !== 'request-answered' || counts?.['cases'] === 0) return null
  return method === 'GET' || counts?.['cases'] !== undefined ? 'look' : null
}

function shown(
  leaf: Leaf,
  what: Transfer['what'],
  recipient: Transfer['recipient'],
  received: Transfer['received'],
): Transfer {
  const { time, caseNo = null, item = null, id } = leaf
  return { at: time, what, recipient, received, caseNo, item, record: id }
}
