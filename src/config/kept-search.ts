// Writes an item as words of a full-text index, and a wish for items as a question to it.

import { searchedText, wordsIn } from '../catalogue/stock.ts'
import type { ItemWish } from '../catalogue/stock.ts'
import type { Item } from '../domain/item.ts'

// Chinese has no spaces: each two neighbouring characters are a word of the index, so that any piece of a text is a phrase.
// They are written in hexadecimal digits, and facets begin with a letter that is none.
const EVERY = 'z'
const FACETS = { domain: 'h', interaction: 'i', mode: 'm', applicant: 'p', city: 'y' } as const

/** What the index holds of an item; `cities` are those that offer it. */
export function indexedWords(item: Item, cities: readonly string[]): string {
  const applicants = item.applicantType === 'both' ? ['person', 'organization', 'both'] : [item.applicantType]
  return [
    ...pairsIn(searchedText(item)),
    EVERY,
    facet('domain', item.domain),
    facet('interaction', item.interaction),
    ...item.handlingModes.map((mode) => facet('mode', mode)),
    ...applicants.map((applicant) => facet('applicant', applicant)),
    ...cities.map((city) => facet('city', city)),
  ].join(' ')
}

/** In the language of SQLite's FTS5: all of it must hold. */
export function matchOf({ text, ...wish }: ItemWish): string {
  const facets = Object.entries(wish).flatMap(([kind, value]) =>
    value === undefined ? [] : [facet(kind as keyof typeof FACETS, value)],
  )
  return [EVERY, ...facets, ...wordsIn(text).map(phraseOf)].join(' AND ')
}

function phraseOf(word: string): string {
  const pairs = pairsIn(word)
  // The last character has no neighbour here, but has one, or none, where it is found.
  return pairs.length === 1 ? `${pairs.join('')}*` : `"${pairs.slice(0, -1).join(' ')}"`
}

function pairsIn(text: string): string[] {
  const digits = Array.from(text, (character) => character.codePointAt(0)?.toString(16) ?? '')
  return digits.map((digit, at) => `${digit}g${digits[at + 1] ?? ''}`)
}

function facet(kind: keyof typeof FACETS, value: string): string {
  return `${FACETS[kind]}${Buffer.from(value).toString('hex')}`
}
