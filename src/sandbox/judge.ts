// Judges a submission as the competent department would: its item, its place, its numbers, its fields, its applicant.

import type { Organization, Person } from '../domain/submission.ts'
import type { Refusal } from './cases.ts'
import { isCreditCode, mayBeDocument } from './identifiers.ts'
import { findItem } from './items.ts'
import { belongsTo, type Place } from './places.ts'
import { ALWAYS_REFUSED } from './registers/people.ts'
import type { CitySubmission } from './submission.ts'

/** A leg that another city has returned is called so, by its own key and which time it is brought. */
const ROUTED_ANEW = /-r\d{1,2}$/

/** All that speaks against it, at once; empty if nothing does. */
export function judge(
  place: Place,
  submission: CitySubmission,
  interaction: 'query' | 'application',
): readonly Refusal[] {
  const item = findItem(submission.item)
  const leg = item?.legs.find(({ key }) => key === submission.leg.replace(ROUTED_ANEW, ''))
  if (item === null || leg === undefined || item.interaction !== interaction) {
    return [{ kind: 'item', message: `本市不办理该事项：${submission.item} / ${submission.leg}` }]
  }
  return [
    // What another city has returned as not its own is looked into by the papers, not by the field that led there.
    ...(ROUTED_ANEW.test(submission.leg) ? [] : competence(place, submission, leg.routingField)),
    ...identifiers(submission),
    ...item.required
      .filter((pointer) => at(submission.body, pointer) === undefined)
      .map((pointer): Refusal => ({ kind: 'incomplete', message: `表单内容不完整：${pointer}` })),
    ...applicant(submission),
  ]
}

function competence(place: Place, submission: CitySubmission, routingField: string): readonly Refusal[] {
  const code = at(submission.body, routingField)
  if (code === undefined) return [{ kind: 'incomplete', message: `表单内容不完整：${routingField}` }]
  if (typeof code === 'string' && belongsTo(place, code)) return []
  return [{ kind: 'competence', message: `不属于${place.name}管辖：${routingField}` }]
}

function identifiers({ body }: CitySubmission): readonly Refusal[] {
  const wrong: string[] = []
  const { applicant, agent } = body
  if (applicant.type === 'organization' && !isCreditCode(applicant.uscc)) wrong.push('统一社会信用代码')
  if (!mayBeDocument(...documentOf(applicant))) {
    wrong.push(applicant.type === 'organization' ? '法定代表人证件号码' : '申请人证件号码')
  }
  if (agent !== undefined && !mayBeDocument(agent.certType, agent.certNo)) wrong.push('代理人证件号码')
  return wrong.map((what) => ({ kind: 'identifier', message: `${what}校验未通过` }))
}

function applicant({ body }: CitySubmission): readonly Refusal[] {
  const [, certNo] = documentOf(body.applicant)
  if (certNo.toUpperCase() !== ALWAYS_REFUSED.certNo) return []
  return [
    { kind: 'applicant', message: '申请人名下有未办结的同类业务，不予受理' },
    { kind: 'applicant', message: '请先到原办理窗口办结后再次申请' },
  ]
}

const documentOf = (applicant: Person | Organization): readonly [string, string] =>
  applicant.type === 'person'
    ? [applicant.certType, applicant.certNo]
    : [applicant.legalRepresentative.certType, applicant.legalRepresentative.certNo]

/** The value at a JSON Pointer without escapes, undefined if it is not there. */
export function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (found, key) =>
        typeof found === 'object' && found !== null && Object.hasOwn(found, key)
          ? (found as Record<string, unknown>)[key]
          : undefined,
      value,
    )
}
