// Makes the bytes of an audit leaf, and the hash by which the Merkle tree knows it.

import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { RecordDraft } from '../domain/audit.ts'

const LEAF_BYTES_MAX = 16 * 1024

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
  /** Of an erasure: whose. */
  readonly erasureRef?: string
}

export interface Leaf {
  /** RFC 8785 canonical JSON; its UTF-8 bytes are the leaf. */
  readonly text: string
  /** RFC 6962, 2.1: SHA-256 over a zero byte and the leaf. */
  readonly hash: Buffer
}

type Members = Record<string, unknown>

// In every object below the members stand in the order of RFC 8785 (by code unit): plain JSON.stringify then writes the
// canonical form, in a quarter of the time that sorting takes. JSON leaves out a member that is undefined.

function leafActor(actor: RecordDraft['actor'], actorRef: string | null): Members {
  switch (actor.role) {
    case 'gateway':
      return { role: actor.role }
    case 'resident':
      return { issuer: actor.issuer, role: actor.role, subjectRef: actorRef ?? undefined }
    case 'clerk':
    case 'city':
    case 'auditor':
    case 'operator':
      return {
        city: actor.city ?? undefined,
        hall: actor.hall ?? undefined,
        issuer: actor.issuer,
        role: actor.role,
        subject: actor.subject,
      }
  }
}

/** By name, in whose order they come. */
const digestsOf = (disclosed: NonNullable<RecordDraft['disclosed']>): Members =>
  Object.fromEntries(disclosed.map(({ name, digest }) => [name, digest]))

const leafMembers = (draft: RecordDraft, place: LeafPlace): Members => ({
  actor: leafActor(draft.actor, place.actorRef),
  answerDigest: draft.answerDigest?.digest,
  boot: place.boot,
  call: draft.call ?? undefined,
  caseNo: draft.caseNo ?? undefined,
  city: draft.city ?? undefined,
  collectingCity: draft.collectingCity ?? undefined,
  configVersion: draft.configVersion,
  consentVersion: draft.consentVersion ?? undefined,
  contentDigest: draft.contentDigest ?? undefined,
  counts: draft.counts ?? undefined,
  disclosed: draft.disclosed === null ? undefined : digestsOf(draft.disclosed),
  erasureRef: place.erasureRef,
  faultCode: draft.faultCode ?? undefined,
  id: draft.id,
  intent: draft.intent ?? undefined,
  item: draft.item ?? undefined,
  kind: draft.kind,
  leg: draft.leg ?? undefined,
  method: draft.method ?? undefined,
  node: place.node,
  outcome: draft.outcome,
  requestDigest: draft.requestDigest?.digest,
  requestId: draft.requestId ?? undefined,
  route: draft.route ?? undefined,
  routeRule: draft.routeRule ?? undefined,
  schemaDigest: draft.schemaDigest ?? undefined,
  seq: place.seq,
  source: draft.source ?? undefined,
  status: draft.status ?? undefined,
  subjectRef: place.subjectRef ?? undefined,
  time: new Date(draft.time).toISOString(),
  v: 1,
})

/** Counts come in any order, and a lone surrogate must be refused: both are the package's to decide. */
function canonical(members: Members): string | undefined {
  if (members['counts'] !== undefined) return canonicalize(members)
  const text = JSON.stringify(members)
  return text.includes('\\ud') ? canonicalize(members) : text
}

/**
 * Members are named as in RecordDraft, `v` is the version of this form, `time` is RFC 3339 in UTC with milliseconds,
 * and a member that has nothing to say is absent, never null. Of a salted digest only the digest stands in the leaf.
 * Throws for more than LEAF_BYTES_MAX and for what is no well-formed JSON.
 */
export function makeLeaf(draft: RecordDraft, place: LeafPlace): Leaf {
  const text = canonical(leafMembers(draft, place))
  if (text === undefined) throw new Error(`record ${draft.id} makes no leaf`)
  const leafBytes = Buffer.byteLength(text)
  if (leafBytes > LEAF_BYTES_MAX) throw new Error(`record ${draft.id} makes a leaf of ${leafBytes} bytes`)
  // As a string first: for a digest as a buffer Node makes memory of its own each time, which takes three times as long.
  return { text, hash: Buffer.from(hash('sha256', `\0${text}`, 'binary'), 'binary') }
}
