// A draft (草稿): a form that somebody has begun to fill in, kept until it is filed, given up, or too old.

import type { RecordDraft } from './audit.ts'
import type { MaterialOwner } from './material.ts'

/** Whose it is: all clerks of a hall, so that a colleague of the next shift can go on with it, or one person. */
export type DraftOwner = MaterialOwner

export interface DraftSummary {
  /** A UUID that its maker has drawn; two owners may use the same one. */
  readonly draftId: string
  readonly item: string
  /** Changes with the content. */
  readonly version: string
  readonly sizeBytes: number
  readonly savedAt: number
  /** Account of the clerk who saved it last; null of a person's own. */
  readonly savedBy: string | null
}

export interface Draft extends DraftSummary {
  /** JSON as it came; kept encrypted. */
  readonly content: string
}

export interface NewDraft extends Draft {
  readonly owner: DraftOwner
  /** The version that this one was made from; null: there must be none yet. */
  readonly from: string | null
  /** How many an owner may have. */
  readonly keptMax: number
  readonly record: RecordDraft
}

/**
 * kept: `isNew` = there was none before. The same content again is kept too, whatever it was made from: a repeat does no harm.
 * changed: somebody else has saved another version meanwhile, or, where `version` is null, deleted it; nothing was changed.
 */
export type DraftKept =
  | { readonly kind: 'kept'; readonly isNew: boolean }
  | { readonly kind: 'changed'; readonly version: string | null }
  | { readonly kind: 'too-many' }

/** Deleted only if it still has the version that was named; changed as above. */
export type DraftDeleted =
  { readonly kind: 'deleted' } | { readonly kind: 'changed'; readonly version: string } | { readonly kind: 'unknown' }

export interface DraftFilter {
  readonly owner: DraftOwner
  readonly item?: string
  readonly limit: number
  /** Position after which to go on; the one begun last comes first. */
  readonly before?: number
}
