// Asks for a guardian where the applicant is a minor: somebody so young does not file in person (民法典 art. 17 to 20).

import type { FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { isObject } from './schemas.ts'

/** Full capacity for civil acts begins at eighteen (民法典 art. 17, 18). */
export const OF_AGE_YEARS = 18

/**
 * Under which age a person needs a guardian for an item, null where nobody does: what only asks changes nothing, and firms act
 * through those who stand for them.
 */
export function guardianUnder({ applicantType, interaction, guardianUnder: years }: Item): number | null {
  return applicantType === 'organization' || interaction === 'query' ? null : (years ?? OF_AGE_YEARS)
}

/** One mistake where the applicant is younger than that and neither an agent by guardianship nor a guardian in the form is named. */
export function openGuardianCheck(item: Item, today: () => string): (body: unknown) => FieldError[] {
  const years = guardianUnder(item)
  if (years === null) return () => []
  return (body) => {
    if (!isObject(body) || !isObject(body['applicant'])) return []
    const born = bornOn(body['applicant'])
    if (born === null || today() >= `${Number(born.slice(0, 4)) + years}${born.slice(4)}`) return []
    const { agent, form } = body
    if (isObject(form) && isObject(form['guardian'])) return []
    if (agent === undefined) return [mistake('/agent', years)]
    const authorization = isObject(agent) ? agent['authorization'] : undefined
    // Where that is not even an object the schema says so.
    if (!isObject(authorization) || authorization['kind'] === 'guardianship') return []
    return [mistake('/agent/authorization/kind', years)]
  }
}

/** The day of birth in the number of a document (GB 11643, and the permits made like it); null where none is in it. */
function bornOn({ type, certNo }: Readonly<Record<string, unknown>>): string | null {
  if (type !== 'person' || typeof certNo !== 'string') return null
  const [, year, month, day] = /^\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dX]$/i.exec(certNo) ?? []
  return year === undefined ? null : `${year}-${month}-${day}`
}

const mistake = (pointer: string, years: number): FieldError => ({
  pointer,
  rule: 'guardian',
  message: {
    zh: `申请人未满 ${years} 周岁，须由监护人代为申请：请填写代理人，代理依据选“监护关系”（guardianship）`,
    en: `the applicant is under ${years} and acts through a guardian: name the guardian as agent, with the authorization “guardianship”`,
  },
})
