// The register of the traffic police: each known person and firm has a car, found by its VIN, with three violations.

import type { CityKey } from '../../domain/words.ts'
import { type Ask, asksFor, issued, nowInBeijing, yuan } from './extract.ts'
import { findFirm, findPerson } from './people.ts'

const DAY_MS = 86_400_000

const PLATE_LETTERS: Readonly<Record<CityKey, string>> = {
  shenyang: 'A',
  anshan: 'C',
  fushun: 'D',
  benxi: 'E',
  fuxin: 'J',
  liaoyang: 'K',
  tieling: 'M',
  shenfu: 'A',
}

const VIOLATIONS = [
  {
    daysAgo: 40,
    behaviourCode: '1303',
    behaviour: '机动车违反禁止停车标志指示',
    foundBy: 'camera',
    fineFen: 20_000,
    points: 0,
    violationState: 'open',
  },
  {
    daysAgo: 75,
    behaviourCode: '1352',
    behaviour: '驾驶机动车超过规定时速百分之二十以上未达百分之五十',
    foundBy: 'on-site',
    fineFen: 20_000,
    points: 6,
    violationState: 'unpaid',
  },
  {
    daysAgo: 210,
    behaviourCode: '1625',
    behaviour: '驾驶机动车违反道路交通信号灯通行',
    foundBy: 'camera',
    fineFen: 20_000,
    points: 6,
    violationState: 'settled',
  },
] as const

/** 机动车交通违法信息. Null if the car or the driver's file is not the applicant's. */
export function trafficViolations(ask: Ask): object | null {
  const { place, applicant, form } = ask
  const owner =
    applicant.type === 'person' ? findPerson(place.city, applicant.certNo) : findFirm(place.city, applicant.uscc)
  if (owner === null) return null
  const vehicle = form['vehicle'] as { readonly vin: string } | undefined
  const isOwn =
    form['searchBy'] === 'driver'
      ? applicant.type === 'person' && form['fileNo'] === `${place.areaCode}0${owner.serial}`
      : vehicle?.vin === `LSVAA4187E2${owner.serial}6`
  if (!isOwn) return null

  const all = VIOLATIONS.map(({ daysAgo, fineFen, ...violation }, nth) => ({
    ...violation,
    violationAt: `${nowInBeijing(-daysAgo * DAY_MS).slice(0, 10)}T08:${15 + nth}:30+08:00`,
    fineFen,
  }))
  const asked = all.filter(
    ({ violationState, violationAt }) =>
      (form['violationState'] === 'all' || form['violationState'] === violationState) &&
      violationAt.slice(0, 10) >= dayOr(form['startDate'], '0000-01-01') &&
      violationAt.slice(0, 10) <= dayOr(form['endDate'], '9999-12-31'),
  )
  const unpaid = all.filter(({ violationState }) => violationState !== 'settled')
  const plateNo = `辽${PLATE_LETTERS[place.city] ?? 'A'}${owner.serial}`
  const described = asked.map(({ fineFen, violationAt, violationState, ...violation }) => {
    const number = `${place.areaCode}${violationAt.slice(0, 10).replaceAll('-', '')}${owner.serial}`
    return {
      violationNo: number,
      violationAt,
      violationPlace: `${place.name}示例路与示例街路口`,
      plateNo,
      ...violation,
      fineYuan: yuan(fineFen),
      violationState,
      ...(violationState === 'open' ? {} : { decisionNo: `${number}-1` }),
      policeUnit: `${place.name}公安局交通警察支队`,
    }
  })
  return {
    trafficViolations: asksFor(ask, 'violations') ? described : [],
    totalFineYuan: yuan(unpaid.reduce((sum, { fineFen }) => sum + fineFen, 0)),
    ...(asksFor(ask, 'points') ? points(all) : {}),
    ...(asksFor(ask, 'accidents') ? { openAccidents: 0 } : {}),
    ...issued(ask, '公安局交通警察支队'),
  }
}

const dayOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** The points of this period: a year that begins on 1 January. Those of an open violation do not count yet. */
function points(
  all: readonly { readonly violationAt: string; readonly violationState: string; readonly points: number }[],
) {
  const year = nowInBeijing().slice(0, 4)
  const counted = all.filter(
    ({ violationState, violationAt }) => violationState !== 'open' && violationAt.startsWith(year),
  )
  return {
    pointsInPeriod: counted.reduce((sum, { points }) => sum + points, 0),
    scoringPeriod: { startDate: `${year}-01-01`, endDate: `${year}-12-31` },
  }
}
