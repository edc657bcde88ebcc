// What comes in: the body of a query or an application, as checked by schemas/parts/submission.json.

import type { HandlingMode, Item } from './item.ts'
import type { CityKey } from './words.ts'

export interface Person {
  readonly type: 'person'
  readonly name: string
  readonly certType: string
  readonly certNo: string
  readonly mobile: string
  readonly address?: string
  readonly postalCode?: string
}

export interface Organization {
  readonly type: 'organization'
  readonly name: string
  readonly uscc: string
  readonly legalRepresentative: { readonly name: string; readonly certType: string; readonly certNo: string }
  readonly contact: { readonly name: string; readonly mobile: string }
  readonly address?: string
}

/** Somebody who acts for the applicant; `authorization` says by what right. */
export interface Agent {
  readonly name: string
  readonly certType: string
  readonly certNo: string
  readonly mobile: string
  readonly authorization: { readonly kind: string; readonly reference?: string; readonly until?: string }
}

export interface MaterialReference {
  readonly code: string
  readonly held: 'uploaded' | 'seenAtWindow' | 'commitment' | 'sharedData'
  readonly materialId?: string
}

/** That the applicant, or who acts for them, has agreed to this version of the item's text. It stays with the gateway. */
export interface Consent {
  readonly version: string
  readonly at: string
  readonly by: (typeof CONSENT_BY)[number]
}
export const CONSENT_BY = ['applicant', 'agent'] as const

export interface SubmissionBody {
  readonly handlingMode?: HandlingMode
  readonly collectingCity?: CityKey
  readonly applicant: Person | Organization
  readonly agent?: Agent
  readonly purpose?: string
  readonly consent?: Consent
  readonly identityCheck?: { readonly how: string; readonly at: string }
  readonly form: Readonly<Record<string, unknown>>
  readonly materials?: readonly MaterialReference[]
}

declare const proof: unique symbol

/** A body that the item's schema, as it stands for `city`, has accepted. Only catalogue/ makes one. */
export interface ValidSubmission {
  readonly [proof]: 'checked against the schema'
  readonly item: Item
  readonly city: CityKey
  readonly body: SubmissionBody
  /** SHA-256 (base64url) of the schema that accepted it; a case keeps it for life. */
  readonly schemaDigest: string
}
