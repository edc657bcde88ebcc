// The small words that every other part uses: languages, cities, roles, persons.

/** A sentence in both languages of the product; Chinese is shown first. */
export interface Sentence {
  readonly zh: string
  readonly en: string
}

export type Language = keyof Sentence

/** Own key of a place, e.g. `shenyang`. Which ones exist is configuration, so it is no closed union. */
export type CityKey = string

/** What a person or an organization is identified by; codes of GA/T 2000.156 (`111` = resident identity card), `uscc` for organizations. */
export interface PartyId {
  readonly certType: string
  readonly certNo: string
}

/** Where somebody answers the telephone. */
export interface Office {
  readonly name: Sentence
  readonly telephone: string
}

/** A service hall of a city. A clerk belongs to exactly one. */
export interface Hall extends Office {
  readonly key: string
}

/**
 * What the gateway knows of a place apart from how to call it.
 * `routingCodes` maps a kind of code (`division`, `fundCentre`) to the codes that mean this place: 6 digits for
 * counties and prefectures (GB/T 2260), 9 or 12 digits for towns that belong elsewhere than their county says (Shenfu).
 */
export interface CityFacts {
  readonly key: CityKey
  readonly name: Sentence
  readonly halls: readonly Hall[]
  /** Who handles what others have collected for this place. */
  readonly office: Office
  readonly routingCodes: Readonly<Record<string, readonly string[]>>
}

export const ROLES = ['clerk', 'resident', 'auditor', 'operator', 'city'] as const
export type Role = (typeof ROLES)[number]

/**
 * Who calls, as proven by a token; made by identity/ only.
 * A resident's `subject` is the number of the identity document, hence personal: it never enters a log or an audit leaf.
 */
export type Principal =
  | {
      readonly role: 'clerk'
      readonly issuer: string
      readonly subject: string
      readonly city: CityKey
      readonly hall: string
    }
  | { readonly role: 'resident'; readonly issuer: string; readonly subject: string; readonly person: PartyId }
  | { readonly role: 'city'; readonly issuer: string; readonly subject: string; readonly city: CityKey }
  | { readonly role: 'auditor' | 'operator'; readonly issuer: string; readonly subject: string }
