// Rules between two fields that JSON Schema has no words for, as keywords of ours.

import type { ErrorObject, FuncKeywordDefinition } from 'ajv/dist/2020.js'

/** What these keywords report: `field` is the property that is wrong, `other` the one that it is measured by. */
export interface OwnErrorParams {
  readonly field: string
  readonly other: string
  readonly ageYears?: number
}

type KeywordCheck = ((data: Record<string, unknown>) => boolean) & { errors?: Partial<ErrorObject>[] }

function keyword(name: string, errorsOf: (rule: never, data: Record<string, unknown>) => OwnErrorParams[]) {
  const definition: FuncKeywordDefinition = {
    keyword: name,
    type: 'object',
    schemaType: 'object',
    errors: 'full',
    compile(rule: unknown) {
      const check: KeywordCheck = (data) => {
        const wrong = errorsOf(rule as never, data)
        if (wrong.length === 0) return true
        check.errors = wrong.map((params) => ({ keyword: name, params }))
        return false
      }
      return check
    },
  }
  return definition
}

/** `{ later: earlier }`: of two days or months, written year first, the later must not stand before the earlier. */
export const NOT_BEFORE = keyword('x-not-before', (pairs: Record<string, string>, data) =>
  Object.entries(pairs).flatMap(([field, other]) => {
    const [first, second] = [data[other], data[field]]
    return typeof first === 'string' && typeof second === 'string' && second < first ? [{ field, other }] : []
  }),
)

interface GuardianRule {
  readonly birthDate: string
  readonly guardian: string
  readonly ageYears: number
}

/** `{ birthDate, guardian, ageYears }`: the property `guardian` is required of anybody younger than that today. */
export function guardianUnder(today: () => string): FuncKeywordDefinition {
  return keyword('x-guardian-under', ({ birthDate, guardian, ageYears }: GuardianRule, data) => {
    const born = data[birthDate]
    if (typeof born !== 'string' || data[guardian] !== undefined) return []
    const year = Number(born.slice(0, 4)) + ageYears
    const ofAge = `${year}${born.slice(4)}`
    return today() < ofAge ? [{ field: guardian, other: birthDate, ageYears }] : []
  })
}
