// Makes audit records: who, what, where, with which outcome, and never anything personal in plain.

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Actor, AuditKind, LogGap, RecordDraft, SaltedDigest } from '../domain/audit.ts'
import type { Disclosed } from '../domain/disclosure.ts'
import type { Caller } from '../domain/caller.ts'
import type { Clock } from '../domain/clock.ts'
import type { Ids, Keyed } from '../domain/ids.ts'
import type { Principal } from '../domain/words.ts'

/** What a record says beyond its kind and outcome; everything else is null. */
export type RecordFacts = Partial<Omit<RecordDraft, 'id' | 'time' | 'kind' | 'outcome' | 'configVersion'>>

export interface Recording {
  /** A record of something the gateway did by itself. */
  own(kind: AuditKind, outcome: string, facts: RecordFacts): RecordDraft
  /** A record of something a caller asked for. */
  of(caller: Caller, kind: AuditKind, outcome: string, facts: RecordFacts): RecordDraft
  /** SHA-256 over 16 random bytes of salt and `bytes`: without the salt, which is kept apart, it tells nothing. */
  digest(bytes: Uint8Array | string): SaltedDigest
  /** Each value that there is, with its salted digest; null where there is none. */
  disclose(values: Readonly<Partial<Record<Disclosed['name'], unknown>>>): readonly Disclosed[] | null
}

const NOTHING = {
  requestId: null,
  subjectKey: null,
  method: null,
  route: null,
  item: null,
  city: null,
  collectingCity: null,
  routeRule: null,
  caseNo: null,
  leg: null,
  call: null,
  intent: null,
  status: null,
  faultCode: null,
  source: null,
  requestDigest: null,
  answerDigest: null,
  schemaDigest: null,
  consentVersion: null,
  contentDigest: null,
  disclosed: null,
  counts: null,
} as const

/** In the order of RFC 8785. */
const DISCLOSED: readonly Disclosed['name'][] = ['identityCheck', 'purpose', 'reason']

export function openRecording(options: {
  readonly clock: Clock
  readonly ids: Ids
  readonly keyed: Keyed
  readonly configVersion: string
}): Recording {
  const { clock, ids, keyed, configVersion } = options
  // A token that is known already brings the same principal, whose keyed digest need not be made for each record.
  const actors = new WeakMap<Principal, Actor>()

  function own(kind: AuditKind, outcome: string, facts: RecordFacts): RecordDraft {
    const time = clock.now()
    return {
      ...NOTHING,
      actor: { role: 'gateway' },
      ...facts,
      id: ids.recordId(time),
      time,
      kind,
      outcome,
      configVersion,
    }
  }

  function digest(bytes: Uint8Array | string): SaltedDigest {
    const salt = ids.bytes(16)
    const hashed = createHash('sha256').update(salt).update(bytes).digest('base64url')
    return { digest: hashed, salt: salt.toString('base64url') }
  }

  function actorOf(principal: Principal): Actor {
    let actor = actors.get(principal)
    if (actor === undefined) actors.set(principal, (actor = madeActor(principal, keyed)))
    return actor
  }

  return {
    own,
    of: (caller, kind, outcome, facts) =>
      own(kind, outcome, {
        actor: actorOf(caller.principal),
        requestId: caller.requestId,
        method: caller.method,
        route: caller.route,
        ...facts,
      }),
    digest,
    disclose(values) {
      const disclosed = DISCLOSED.flatMap((name) => {
        const value = values[name]
        return value === undefined ? [] : [{ name, value, ...digest(canonicalize(value) ?? '') }]
      })
      return disclosed.length === 0 ? null : disclosed
    },
  }
}

/** The start of a gateway, with what it has found of its life before: one transaction, so that each gap is told once. */
export const startRecords = ({ own }: Pick<Recording, 'own'>, gaps: readonly LogGap[]): readonly RecordDraft[] => [
  own('gateway-started', 'started', {}),
  ...gaps.map(({ gap, record, about, missing }) => {
    const { item = null, city = null, caseNo = null, leg = null, call = null } = about
    const counts = missing === 0 ? null : { records: missing }
    return own('gap-found', gap, { intent: record, item, city, caseNo, leg, call, counts })
  }),
]

function madeActor(principal: Principal, keyed: Keyed): Actor {
  const { issuer, subject } = principal
  switch (principal.role) {
    case 'resident':
      return { role: 'resident', issuer, subjectKey: keyed.subjectKey(principal.person) }
    case 'clerk':
      return { role: 'clerk', issuer, subject, city: principal.city, hall: principal.hall }
    case 'city':
      return { role: 'city', issuer, subject, city: principal.city, hall: null }
    case 'auditor':
    case 'operator':
      return { role: principal.role, issuer, subject, city: null, hall: null }
  }
}
