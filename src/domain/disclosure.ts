// What stands behind the salted digests of a leaf: opened with a reason, erased with the person's data, kept for so long.

/** A value whose salted digest stands in the leaf: SHA-256 over the salt and its RFC 8785 form, base64url. */
export interface Disclosed {
  readonly name: 'purpose' | 'identityCheck' | 'reason'
  readonly value: unknown
  readonly digest: string
  readonly salt: string
}

/** What is left behind the digests of a record. */
export interface FoundDisclosure {
  readonly values: readonly Omit<Disclosed, 'digest'>[]
  readonly requestSalt: string | null
  readonly answerSalt: string | null
  /** Whether the leaf has digests behind which there is nothing any more. */
  readonly isGone: boolean
  /** Of the person that the record is about, null where there is none, or where nothing leads there any more. */
  readonly subjectKey: string | null
  readonly caseNo: string | null
  readonly item: string | null
}

/** Why a person's data is erased: the grounds of 个人信息保护法 art. 47, in its order. */
export const ERASURE_GROUNDS = ['purpose-over', 'service-ended', 'consent-withdrawn', 'unlawful', 'other-law'] as const

/** What an erasure removed, and what it had to leave. */
export interface Erased {
  /** False: nothing of this person was known. */
  readonly isKnown: boolean
  readonly values: number
  readonly salts: number
  readonly drafts: number
  readonly uploads: number
  /** Files of the uploads, to be removed. */
  readonly files: readonly string[]
  /** Cases that the law has kept; with them the way from the person to them. */
  readonly casesKept: number
}

/** Up to when each class of disclosures is to go. access: records without a case. handOver: those of cases. */
export interface RetentionBounds {
  readonly accessBefore: number
  readonly handOverBefore: number
}

export interface Retained {
  readonly values: number
  readonly salts: number
  /** Whether more may be due than one step takes. */
  readonly more: boolean
}
