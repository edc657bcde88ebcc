// Drafts (草稿): forms begun and not filed yet. Checked no further than that they are JSON and about an item that exists.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import type { Draft, DraftSummary, NewDraft } from '../domain/draft.ts'
import { Fault } from '../domain/fault.ts'
import { mayDraft } from '../identity/rights.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

export interface DraftLimits {
  readonly bytesMax: number
  /** Of a hall, and of a person. */
  readonly hallMax: number
  readonly personMax: number
  readonly keptDays: number
}

const DAY_MS = 86_400_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What a caller knows of the draft that it changes: `null` = that there is none yet. */
export type KnownVersion = string | null

/**
 * Keeps a draft: on disk, encrypted, with its record, once this resolves. The same content again does no harm, so that a call
 * without an answer may be repeated. Throws Fault DRAFT_CHANGED, DRAFT_UNKNOWN, DRAFTS_TOO_MANY, ITEM_UNKNOWN, FORM_INVALID,
 * BODY_TOO_LARGE, PARAMETER_INVALID, ROLE_NOT_ALLOWED.
 */
export async function keepDraft(
  parts: Parts,
  limits: DraftLimits,
  caller: Caller,
  draftId: string,
  received: ReceivedBody,
  from: KnownVersion,
): Promise<Handled> {
  const owner = mayDraft(caller.principal, parts.keyed)
  if (!UUID.test(draftId)) {
    throw new Fault('PARAMETER_INVALID', { errors: [{ pointer: 'draftId', rule: 'uuid', message: NO_UUID }] })
  }
  if (received.bytes.length > limits.bytesMax) throw new Fault('BODY_TOO_LARGE')
  const { item, content } = contentOf(parts, received.value)
  const status = from === null ? 201 : 200
  const draft: NewDraft = {
    draftId,
    owner,
    item,
    content,
    from,
    version: parts.keyed.fingerprint(Buffer.from(`${item} ${content}`)).slice(0, VERSION_CHARACTERS),
    sizeBytes: received.bytes.length,
    savedAt: parts.clock.now(),
    savedBy: caller.principal.role === 'clerk' ? caller.principal.subject : null,
    keptMax: 'hall' in owner ? limits.hallMax : limits.personMax,
    record: parts.recording.of(caller, 'draft-kept', 'kept', {
      item,
      status,
      requestDigest: parts.recording.digest(received.bytes),
    }),
  }
  const kept = await parts.store.keepDraft(draft)
  switch (kept.kind) {
    case 'too-many':
      throw new Fault('DRAFTS_TOO_MANY')
    case 'changed':
      throw new Fault(kept.version === null ? 'DRAFT_UNKNOWN' : 'DRAFT_CHANGED')
    case 'kept':
      return {
        recordId: draft.record.id,
        status,
        headers: { ...tagOf(draft), ...(from === null ? { location: `/v1/drafts/${draftId}` } : {}) },
        body: JSON.stringify(summaryBody(parts, limits, draft)),
      }
  }
}

/** Gives a draft to its owner. Throws Fault DRAFT_UNKNOWN, ROLE_NOT_ALLOWED. */
export async function readDraft(
  parts: Parts,
  limits: DraftLimits,
  caller: Caller,
  draftId: string,
): Promise<{ readonly draft: Draft; readonly headers: Readonly<Record<string, string>>; readonly body: object }> {
  const draft = await parts.store.findDraft(draftId, mayDraft(caller.principal, parts.keyed))
  if (draft === null) throw new Fault('DRAFT_UNKNOWN')
  const body = { ...summaryBody(parts, limits, draft), body: JSON.parse(draft.content) as unknown }
  return { draft, headers: tagOf(draft), body }
}

/** Deletes the draft if it still has this version. Throws Fault DRAFT_CHANGED, DRAFT_UNKNOWN, ROLE_NOT_ALLOWED. */
export async function deleteDraft(parts: Parts, caller: Caller, draftId: string, version: string): Promise<Handled> {
  const owner = mayDraft(caller.principal, parts.keyed)
  const record = parts.recording.of(caller, 'draft-deleted', 'deleted', { status: 200 })
  const deleted = await parts.store.deleteDraft(draftId, owner, version, record)
  switch (deleted.kind) {
    case 'unknown':
      throw new Fault('DRAFT_UNKNOWN')
    case 'changed':
      throw new Fault('DRAFT_CHANGED')
    case 'deleted':
      return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify({ draftId }) }
  }
}

/** A draft without what it holds. */
export function summaryBody({ catalogue }: Parts, { keptDays }: DraftLimits, draft: DraftSummary): object {
  const { draftId, item, version, sizeBytes, savedAt, savedBy } = draft
  return {
    draftId,
    item: { code: item, name: catalogue.known(item)?.name },
    version,
    sizeBytes,
    savedAt: new Date(savedAt).toISOString(),
    savedBy,
    expiresAt: new Date(savedAt + keptDays * DAY_MS).toISOString(),
  }
}

/** Deletes what nobody has gone on with for too long, with a record. */
export async function tidyDrafts({ clock, recording, store }: Parts, { keptDays }: DraftLimits): Promise<void> {
  let count: number
  do {
    const record = recording.own('drafts-forgotten', 'forgotten', {})
    count = await store.forgetDrafts(clock.now() - keptDays * DAY_MS, FORGOTTEN_AT_ONCE, record)
  } while (count === FORGOTTEN_AT_ONCE)
}

const FORGOTTEN_AT_ONCE = 200
/** Of 43: two contents of one draft with the same 132 bits do not come about. */
const VERSION_CHARACTERS = 22

const tagOf = ({ version }: DraftSummary): { readonly etag: string } => ({ etag: `"${version}"` })

function contentOf({ catalogue }: Parts, value: unknown): { readonly item: string; readonly content: string } {
  const { members, errors } = membersOf(value, ['item', 'body'])
  const { item, body } = members
  if (typeof item !== 'string') errors.push({ pointer: '/item', rule: 'required', message: NO_ITEM })
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    errors.push({ pointer: '/body', rule: 'type', message: NO_BODY })
  }
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  return { item: catalogue.find(String(item)).code, content: JSON.stringify(body) }
}

const NO_UUID = {
  zh: '草稿编号须为小写的 UUID（第 4 或第 7 版），由创建者随机生成。',
  en: 'The id of a draft is a UUID in lower case (version 4 or 7) that its maker has drawn.',
}
const NO_ITEM = { zh: '须填写事项代码。', en: 'The code of the item is missing.' }
const NO_BODY = {
  zh: '须为 JSON 对象：尚未填完的请求体。',
  en: 'Must be a JSON object: the body as far as it is filled in.',
}
