// Makes the bytes of an audit leaf, and the hash by which the Merkle tree knows it.

import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { RecordDraft } from '../domain/audit.ts'

export const LEAF_BYTES_MAX = 16 * 1024

/** What the store adds to a draft within its commit. */
export interface LeafPlace {
  readonly node: string
  readonly boot: string
  /** Of this node, over all its boots: 1, 2, 3 …, without a gap. */
  readonly seq: number
  /** Replaces the draft's `subjectKey`. */
  readonly subjectRef: string | null
  /** Replaces the `subjectKey` of an actor who is a resident. */
  readonly actorRef: string | null
}

export interface Leaf {
  /** RFC 8785 canonical JSON; its UTF-8 bytes are the leaf. */
  readonly text: string
  /** RFC 6962, 2.1: SHA-256 over a zero byte and the leaf. */
  readonly hash: Buffer
}

function leafActor(actor: RecordDraft['actor'], actorRef: string | null): Record<string, unknown> {
  switch (actor.role) {
    case 'gateway':
      return { role: actor.role }
    case 'resident':
      return { role: actor.role, issuer: actor.issuer, subjectRef: actorRef }
    case 'clerk':
    case 'city':
    case 'auditor':
    case 'operator':
      return { role: actor.role, issuer: actor.issuer, subject: actor.subject, city: actor.city, hall: actor.hall }
  }
}

/** RFC 8785 leaves out a member that is undefined. */
const absentIfNull = (members: Record<string, unknown>): Record<string, unknown> => {
  for (const name in members) if (members[name] === null) members[name] = undefined
  return members
}

/**
 * Members are named as in RecordDraft, `v` is the version of this form, `time` is RFC 3339 in UTC with milliseconds,
 * and a member that has nothing to say is absent, never null. Of a salted digest only the digest stands in the leaf.
 * Throws for more than LEAF_BYTES_MAX and for what is no well-formed JSON.
 */
export function makeLeaf(draft: RecordDraft, place: LeafPlace): Leaf {
  const text = canonicalize(
    absentIfNull({
      v: 1,
      id: draft.id,
      time: new Date(draft.time).toISOString(),
      node: place.node,
      boot: place.boot,
      seq: place.seq,
      kind: draft.kind,
      requestId: draft.requestId,
      actor: absentIfNull(leafActor(draft.actor, place.actorRef)),
      subjectRef: place.subjectRef,
      method: draft.method,
      route: draft.route,
      item: draft.item,
      city: draft.city,
      collectingCity: draft.collectingCity,
      routeRule: draft.routeRule,
      caseNo: draft.caseNo,
      leg: draft.leg,
      call: draft.call,
      intent: draft.intent,
      outcome: draft.outcome,
      status: draft.status,
      faultCode: draft.faultCode,
      source: draft.source,
      requestDigest: draft.requestDigest?.digest ?? null,
      answerDigest: draft.answerDigest?.digest ?? null,
      schemaDigest: draft.schemaDigest,
      configVersion: draft.configVersion,
      counts: draft.counts,
    }),
  )
  if (text === undefined) throw new Error(`record ${draft.id} makes no leaf`)
  const leafBytes = Buffer.byteLength(text)
  if (leafBytes > LEAF_BYTES_MAX) throw new Error(`record ${draft.id} makes a leaf of ${leafBytes} bytes`)
  return { text, hash: hash('sha256', `\0${text}`, 'buffer') }
}
