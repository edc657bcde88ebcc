// What the audit log records. The leaf that is hashed is made from a draft inside the store's commit.

import type { Disclosed } from './disclosure.ts'
import type { CityKey, Role } from './words.ts'

/**
 * The closed list of events; docs/audit-log-format.md names each with its fields.
 * forwarded is the intent, durable before a call to a city; city-answered its outcome, whatever that was. city-news is what a
 * city told of a case by itself.
 */
export const AUDIT_KINDS = [
  'gateway-started',
  'gateway-stopped',
  'gap-found',
  'line-held',
  'delivery-decided',
  'reconciled',
  'log-key-rotated',
  'request-answered',
  'request-refused',
  'rights-refused',
  'tokens-refused',
  'audit-read',
  'audit-exported',
  'disclosure-opened',
  'subject-erased',
  'retention-applied',
  'forwarded',
  'city-answered',
  'city-news',
  'material-taken',
  'material-read',
  'materials-forgotten',
  'case-acted',
  'stream-ended',
  'webhook-failed',
  'webhook-redriven',
  'draft-kept',
  'draft-deleted',
  'drafts-forgotten',
] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** Who acted. `subjectKey` (keyed HMAC of a person) is replaced by a random subject reference inside the commit. */
export type Actor =
  | {
      readonly role: Exclude<Role, 'resident'>
      readonly issuer: string
      readonly subject: string
      readonly city: CityKey | null
      readonly hall: string | null
    }
  | { readonly role: 'resident'; readonly issuer: string; readonly subjectKey: string }
  | { readonly role: 'gateway' }

/** SHA-256 over salt and bytes. The digest stands in the leaf; the salt is kept apart, encrypted, and can be erased. */
export interface SaltedDigest {
  readonly digest: string
  readonly salt: string
}

/** Everything that a record says, before the store gives it its place. Holds nothing personal but the two subject keys. */
export interface RecordDraft {
  readonly id: string
  readonly time: number
  readonly kind: AuditKind
  readonly requestId: string | null
  readonly actor: Actor
  /** The person concerned (keyed HMAC), null where there is none. */
  readonly subjectKey: string | null
  readonly method: string | null
  /** The route's pattern, never the address as it was called. */
  readonly route: string | null
  readonly item: string | null
  readonly city: CityKey | null
  readonly collectingCity: CityKey | null
  /** `basis field=code`, e.g. `insured-place /form/insuredDivision=210400`: why this city. */
  readonly routeRule: string | null
  readonly caseNo: string | null
  readonly leg: string | null
  readonly call: 'query' | 'deliver' | 'enquire' | 'correct' | 'withdraw' | 'hand-over' | 'result' | null
  /** Of an outcome: the id of its intent. */
  readonly intent: string | null
  readonly outcome: string
  /** HTTP status of the answer to our caller, null where the record answers nobody. */
  readonly status: number | null
  readonly faultCode: string | null
  readonly source: 'caller' | 'gateway' | 'city' | null
  readonly requestDigest: SaltedDigest | null
  readonly answerDigest: SaltedDigest | null
  readonly schemaDigest: string | null
  /** Of a submission: which version of the item's text was agreed to. */
  readonly consentVersion: string | null
  readonly configVersion: string
  /** Of a file that was given out: base64url of SHA-256 of its bytes, which hold nothing personal. */
  readonly contentDigest: string | null
  /** Values whose salted digests stand in the leaf; they themselves are kept apart, under a key of the person concerned. */
  readonly disclosed: readonly Disclosed[] | null
  /** Small counted facts of this kind of event (e.g. how many tokens were refused, for which codes). */
  readonly counts: Readonly<Record<string, number>> | null
}

/** A record as auditors read it: the leaf's members, and the RFC 6962 leaf hash (base64) over their RFC 8785 form. */
export interface AuditRecord {
  readonly id: string
  readonly leaf: Readonly<Record<string, unknown>>
  readonly leafHash: string
}

export interface RecordFilter {
  readonly from?: number
  readonly until?: number
  readonly kind?: string
  readonly city?: string
  readonly item?: string
  readonly outcome?: string
  readonly role?: string
  readonly actor?: string
  readonly caseNo?: string
  readonly requestId?: string
  /** Hall of the clerk who acted, `<city>/<hall>`: two cities may use one key for their halls. */
  readonly hall?: string
  readonly collectingCity?: string
  readonly source?: string
  readonly faultCode?: string
  /** The person or organization that the records are about: named by them, party to their case, or the resident who acted. */
  readonly subjectKey?: string
  readonly limit: number
  /** Position up to which, inclusive. */
  readonly upTo?: number
  /** Position (store order) after which to go on; records come oldest first. */
  readonly after?: number
}

/**
 * What an auditor has to look into. no-outcome: an intent whose outcome is not on record. outside-a-case: a query about a person,
 * which belongs to no case. crash: a start of the gateway without a stop before it. gap: a record whose number does not follow that of
 * the record before it of its node.
 */
export const FINDINGS = ['no-outcome', 'outside-a-case', 'crash', 'gap'] as const

export interface FindingFilter {
  readonly finding: (typeof FINDINGS)[number]
  /** An intent of the life that lasts is a finding only if it is older than this: its outcome may still come. */
  readonly settledBefore: number
  readonly limit: number
  readonly after?: number
}

/**
 * Where a gateway's writing of the log broke off in its life before. crashed: nothing was written from `record`, its last one, until
 * it started again. missing: so many numbers are left out before `record`. no-outcome: `record` is an intent whose outcome was never
 * written; `about` is what that says.
 */
export interface LogGap {
  readonly gap: 'crashed' | 'missing' | 'no-outcome'
  readonly record: string
  readonly about: { readonly [Name in 'item' | 'city' | 'caseNo' | 'leg' | 'call']?: RecordDraft[Name] | undefined }
  readonly missing: number
}

/** By what records may be counted; days are those of China. */
export const COUNTED_BY = ['city', 'item', 'outcome', 'kind', 'hour', 'day'] as const

export interface CountQuestion {
  /** A line for each combination of these that occurs; none = one line for all. */
  readonly by: readonly (typeof COUNTED_BY)[number][]
  /** Whole hours, from inclusive, until exclusive, by the records' own time. */
  readonly from: number
  readonly until: number
  readonly kind?: string
  readonly city?: string
  readonly item?: string
  readonly outcome?: string
  /** Lines at most. */
  readonly limit: number
}

export interface RecordCount {
  /** By the words of the question: null where a record names no city or item; hours and days as when they begin. */
  readonly of: Readonly<Record<string, string | number | null>>
  readonly count: number
}
