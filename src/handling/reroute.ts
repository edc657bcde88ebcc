// A rerouting (改派): a city has returned what is not its own, and the clerk has it brought to the city that is competent.

import type { Caller, Handled } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { currentLegs, routedAnew } from '../domain/leg-place.ts'
import type { CaseRecord, LegView } from '../domain/case-record.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import type { CityKey } from '../domain/words.ts'
import { maySendOn } from '../identity/rights.ts'
import { perform, type Asking, type PreparedAct } from './acts.ts'
import { legRule } from './legs.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'
import { whyNot } from './refusals.ts'

const REASON_CHARACTERS_MAX = 200

/**
 * Takes `{ city?, reason }`: the same application, in its newest version, goes to `city`, or where that is left out to the one that
 * the city which returned it has named by a division code. `legKey` names the leg where more than one was returned. The leg that
 * was returned stays in the history; the one that takes its place begins its clock. Throws what `perform` throws, FORM_INVALID
 * (also where the other city's form asks for more), ITEM_NOT_OFFERED, or CASE_STATE_REFUSES.
 */
export async function reroute(
  parts: Parts,
  caller: Caller,
  asking: Asking,
  legKey: string | undefined,
): Promise<Handled> {
  maySendOn(caller.principal)
  return perform(parts, caller, asking, (record, item) => prepared(parts, asking.received.value, record, item, legKey))
}

function prepared(
  parts: Parts,
  value: unknown,
  record: CaseRecord,
  item: Item,
  legKey: string | undefined,
): PreparedAct {
  const leg = returnedLeg(record, legKey)
  const { city, reason } = wishOf(parts, value, record, leg, item)
  const decides = legRule(item, leg.leg).does === 'decide'
  if (!parts.catalogue.citiesOffering(item).includes(city)) throw new Fault('ITEM_NOT_OFFERED', { city })
  if (decides) mustFit(parts, item, city, record)
  const to = { leg: routedAnew(leg.leg), city, routeRule: `rerouted from=${leg.city}` }
  const deciding = currentLegs(record.legs).find((one) => legRule(item, one.leg).does === 'decide')
  const decidingLeg = decides ? to.leg : (deciding?.leg ?? to.leg)
  const current: readonly { readonly leg: string }[] = currentLegs([...record.legs, to])
  const following = current.slice(1).map(({ leg: next }, index) => {
    return { leg: current[index]?.leg ?? next, next, after: legRule(item, next).startsAfter ?? 'taken' }
  })
  return { act: { kind: 'rerouting', leg: leg.leg, to, decidingLeg, following, reason }, call: 'deliver', city }
}

function returnedLeg({ caseNo, legs, state }: CaseRecord, legKey: string | undefined): LegView {
  const returned = currentLegs(legs).filter((leg) => leg.state === 'returned')
  const leg = legKey === undefined ? returned[0] : returned.find((one) => one.leg === legKey)
  if (leg === undefined) throw new Fault('CASE_STATE_REFUSES', { caseNo, detail: whyNot('rerouting', state) })
  if (legKey === undefined && returned.length > 1) {
    const list = returned.map((one) => one.leg).join(', ')
    const message = { zh: `须指明环节：${list}。`, en: `Say for which leg: ${list}.` }
    throw new Fault('PARAMETER_INVALID', { errors: [{ pointer: '?leg', rule: 'required', message }] })
  }
  return leg
}

/** What the form of the city asks for that the application does not have can only be filed anew. */
function mustFit(parts: Parts, item: Item, city: CityKey, record: CaseRecord): void {
  try {
    parts.catalogue.validate(item, city, newestBody(record))
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'FORM_INVALID') throw error
    throw new Fault('FORM_INVALID', { ...error.details, caseNo: record.caseNo, detail: ASKS_FOR_MORE })
  }
}

function newestBody({ acts, body }: CaseRecord): SubmissionBody {
  return acts.findLast((act) => act.body !== null)?.body ?? body
}

interface Wish {
  readonly city: CityKey
  readonly reason: string
}

function wishOf(parts: Parts, value: unknown, record: CaseRecord, leg: LegView, item: Item): Wish {
  const { members, errors } = membersOf(value, ['city', 'reason'])
  const { reason } = members
  const city = members['city'] ?? namedCity(parts, record, leg)
  const offering = parts.catalogue.citiesOffering(item)
  const known = parts.cities.all.some((backend) => backend.city === city)
  if (typeof city !== 'string' || !known || city === leg.city) errors.push(cityWrong(offering, leg.city))
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > REASON_CHARACTERS_MAX) errors.push(REASON)
  if (errors.length > 0 || typeof city !== 'string' || typeof reason !== 'string') {
    throw new Fault('FORM_INVALID', { errors })
  }
  return { city, reason: reason.trim() }
}

/** The one city whose code the returning city has given as a reason; null where it has given none, or more than one. */
function namedCity({ catalogue }: Parts, { news }: CaseRecord, leg: LegView): CityKey | null {
  const returned = news.findLast((told) => told.leg === leg.leg && told.state === 'returned')
  const cities = new Set(
    (returned?.reasons ?? [])
      .map(({ code }) => catalogue.cityOfDivision(code))
      .filter((city) => city !== null && city !== leg.city),
  )
  const [city = null] = cities
  return cities.size === 1 ? city : null
}

function cityWrong(offering: readonly CityKey[], returnedBy: CityKey): FieldError {
  const list = offering.filter((city) => city !== returnedBy)
  return {
    pointer: '/city',
    rule: 'enum',
    message: {
      zh: `须填写由哪个城市办理：${list.join('、')}；退回的城市已写明时可不填。`,
      en: `State which city is competent: one of ${list.join(', ')}. It may be left out where the city that returned it has named it.`,
    },
  }
}

const REASON: FieldError = {
  pointer: '/reason',
  rule: 'required',
  message: { zh: '须说明改派原因，1 至 200 字。', en: 'State why, in 1 to 200 characters.' },
}
const ASKS_FOR_MORE = {
  zh: '该城市的表单与已提交的内容不符，不能改派；请按该城市的要求另行申请。',
  en: 'What was filed does not fit that city’s form, so that it cannot be rerouted: file it anew by that city’s form.',
}
