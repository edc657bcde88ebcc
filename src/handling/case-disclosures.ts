// Which cities were sent what of a case, when, and on which basis: what a person may know of the own data (个人信息保护法 arts. 44, 45).

import type { AuditRecord } from '../domain/audit.ts'
import type { Caller } from '../domain/caller.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { itemKey } from '../domain/leg-place.ts'
import type { CityKey, Sentence } from '../domain/words.ts'
import { caseScope, mayActOnCases } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/** application, correction, withdrawal, enquiry: messages. file: an uploaded file, brought or fetched. look: the city read the case here. */
export const DISCLOSED = ['application', 'correction', 'withdrawal', 'enquiry', 'file', 'look'] as const
export const RECEIVED = ['yes', 'unknown'] as const

export interface CaseDisclosure {
  readonly at: string
  readonly city: { readonly key: CityKey; readonly name: Sentence }
  readonly what: (typeof DISCLOSED)[number]
  /** Null where the city looked by itself. */
  readonly leg: { readonly key: string; readonly name?: Sentence } | null
  /** unknown: it was sent, and nobody knows whether it arrived. What provably did not is not listed. */
  readonly received: (typeof RECEIVED)[number]
  /** Of the audit record, whose proof is open to all. */
  readonly record: string
}

export interface CaseDisclosures {
  readonly caseNo: string
  /** On which the item, and with it each transfer to a competent city, rests; null for an item that has left the catalogue. */
  readonly legalBasis: Sentence | null
  readonly disclosures: readonly CaseDisclosure[]
  /** Whether the case has more records than were looked at. */
  readonly more: boolean
}

const PAGE_RECORDS = 200
/** Of one case. A courier that tries for weeks leaves hundreds. */
const RECORDS_MAX = 5000

/**
 * From the audit records of the case, which are durable before anything is sent: nothing can have gone out that is not in them.
 * Throws Fault CASE_UNKNOWN, ROLE_NOT_ALLOWED, or what the store throws.
 */
export async function disclosuresOf(
  parts: Parts,
  caller: Caller,
  caseNo: string,
): Promise<{ readonly record: CaseRecord; readonly body: CaseDisclosures }> {
  mayActOnCases(caller.principal)
  const record = await parts.store.findCase(caseNo, caseScope(caller.principal, parts.keyed))
  if (record === null) throw new Fault('CASE_UNKNOWN')
  const { leaves, more } = await leavesOf(parts, caseNo)
  const item = parts.catalogue.known(record.item)
  const outcomes = new Map(leaves.filter(({ kind }) => kind === 'city-answered').map((leaf) => [leaf.intent, leaf]))
  const disclosures = leaves.flatMap((leaf) => {
    const found = disclosureOf(leaf, outcomes.get(leaf.id))
    return found === null ? [] : [shown(parts, item, leaf, found)]
  })
  const legalBasis = item === undefined ? null : { zh: item.legalBasis.zh, en: item.legalBasis.en }
  return { record, body: { caseNo, legalBasis, disclosures, more } }
}

/** The members of a leaf (docs/audit-log-format.md) that tell of a transfer. */
export interface TransferLeaf {
  readonly id: string
  readonly time: string
  readonly kind: string
  readonly actor: { readonly role: string; readonly city?: CityKey }
  readonly city?: CityKey
  readonly leg?: string
  readonly call?: string
  readonly intent?: string
  readonly outcome: string
  readonly answerDigest?: string
}

async function leavesOf({ store }: Parts, caseNo: string): Promise<{ leaves: readonly TransferLeaf[]; more: boolean }> {
  const found: AuditRecord[] = []
  let after: number | null = 0
  while (after !== null && found.length < RECORDS_MAX) {
    const page: Awaited<ReturnType<typeof store.listRecords>> = await store.listRecords({
      caseNo,
      limit: PAGE_RECORDS,
      after,
    })
    found.push(...page.entries)
    after = page.next
  }
  return { leaves: found.map(({ leaf }) => leaf as unknown as TransferLeaf), more: after !== null }
}

type Disclosed = Pick<CaseDisclosure, 'what' | 'received'> & { readonly city: CityKey }

export const MESSAGES: Readonly<Record<string, CaseDisclosure['what']>> = {
  deliver: 'application',
  correct: 'correction',
  withdraw: 'withdrawal',
  enquire: 'enquiry',
  'hand-over': 'file',
  result: 'enquiry',
}

/** Null for a record that is about no transfer, and for what provably did not leave. */
function disclosureOf(leaf: TransferLeaf, outcome: TransferLeaf | undefined): Disclosed | null {
  const { kind, actor, city } = leaf
  if (kind === 'forwarded' && city !== undefined) {
    const what = MESSAGES[leaf.call ?? '']
    const received = receivedBy(outcome)
    return what === undefined || received === null ? null : { what, received, city }
  }
  if (actor.role !== 'city' || actor.city === undefined) return null
  if (kind === 'material-read') return { what: 'file', received: 'yes', city: actor.city }
  if (kind === 'request-answered') return { what: 'look', received: 'yes', city: actor.city }
  return null
}

/** An answer proves that it arrived; null: nothing was sent. Without an outcome, something ended in between, and nobody knows. */
export function receivedBy(outcome: TransferLeaf | undefined): CaseDisclosure['received'] | null {
  if (outcome === undefined) return 'unknown'
  if (outcome.answerDigest !== undefined) return 'yes'
  return outcome.outcome === 'stored' || outcome.outcome === 'not-sent' ? null : 'unknown'
}

function shown(
  { offices }: Parts,
  item: Item | undefined,
  { id, time, leg }: TransferLeaf,
  { city, what, received }: Disclosed,
): CaseDisclosure {
  const rule = leg === undefined ? undefined : item?.legs.find(({ key }) => key === itemKey(leg))
  return {
    at: time,
    city: { key: city, name: offices.cityName(city) },
    what,
    leg: leg === undefined ? null : { key: leg, ...(rule === undefined ? {} : { name: rule.name }) },
    received,
    record: id,
  }
}
