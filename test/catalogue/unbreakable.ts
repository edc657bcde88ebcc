// Where keywords stand that no input can break, and why: `npm run test:catalogue` holds the list to be minimal.

import type { Item } from '../../src/domain/item.ts'

interface Unbreakable {
  readonly where: (item: Item) => boolean
  readonly places: readonly string[]
  readonly why: string
}

const UNBREAKABLE: readonly Unbreakable[] = [
  {
    where: ({ applicantType }) => applicantType === 'both',
    places: [
      '#/$defs/person/type',
      '#/$defs/person/properties/type/type',
      '#/$defs/person/properties/type/const',
      '#/$defs/organization/properties/type/type',
      '#/$defs/organization/properties/type/const',
    ],
    why: 'Where either may apply, `type` is what chooses the part: with any other value another part is asked for.',
  },
  {
    where: ({ code }) => code === 'ps-hukou-transfer-student-enrolment',
    places: ['#/$defs/ps-hukou-transfer-student-enrolment/allOf/0/then/properties/admission/type'],
    why: 'Its condition holds of objects alone; the type is repeated because strict schemas want it beside `required`.',
  },
]

export function unbreakableIn(item: Item): ReadonlySet<string> {
  return new Set(UNBREAKABLE.filter(({ where }) => where(item)).flatMap(({ places }) => places))
}
