// The register of social insurance: rights records, certificates of being insured, pensions that were paid.

import {
  allMonths,
  type Ask,
  asksFor,
  askingPerson,
  checkable,
  codeOf,
  ifPrintable,
  issued,
  months,
  yuan,
} from './extract.ts'
import { at } from '../judge.ts'
import { findFirm, type KnownFirm, type KnownPerson, peopleOf } from './people.ts'

/** Kinds of insurance that the known people have; of others nothing is found. */
const INSURED = ['110', '210', '410'] as const
const PENSION = '110'
const AGENCY = '社会保险事业服务中心'

const employerOf = ({ place }: Ask): string => `${place.name}示例科技有限公司`

const stateOf = (person: KnownPerson, insuranceType: string): string =>
  person.pensionSince === null ? 'active' : insuranceType === PENSION ? 'receiving' : 'ended'

/** Months in which this person paid. Those who draw a pension paid for 180 months, all before the register begins. */
const career = (person: KnownPerson) =>
  person.pensionSince === null
    ? { firstInsuredMonth: '2015-01', lastPaidMonth: allMonths().at(-1)!, totalMonths: allMonths().length }
    : { firstInsuredMonth: '1990-04', lastPaidMonth: '2005-03', totalMonths: 180 }

const paidMonths = (ask: Ask, person: KnownPerson): readonly string[] =>
  person.pensionSince === null ? months(ask) : []

/** 个人权益记录. Null where that kind of insurance is not held. */
export function rightsRecord(ask: Ask): object | null {
  const person = askingPerson(ask)
  const insuranceType = String(ask.form['insuranceType'])
  if (person === null || !INSURED.some((kind) => kind === insuranceType)) return null
  const { firstInsuredMonth, totalMonths } = career(person)
  const isPension = insuranceType === PENSION
  return {
    insuranceType,
    insuredState: stateOf(person, insuranceType),
    employerName: employerOf(ask),
    firstInsuredMonth,
    totalMonths,
    contributions: asksFor(ask, 'contributions')
      ? paidMonths(ask, person).map((month) => ({
          month,
          employerName: employerOf(ask),
          baseYuan: '7200.00',
          employerYuan: '1152.00',
          personalYuan: '576.00',
          state: 'paid',
        }))
      : [],
    ...(asksFor(ask, 'account') && isPension ? { accountBalanceYuan: `8${person.serial}.76` } : {}),
    ...(isPension && person.pensionSince !== null ? { benefitMonthlyYuan: yuan(PENSION_FEN) } : {}),
    ...issued(ask, AGENCY),
    ...ifPrintable(ask),
  }
}

/** 个人参保证明. Null where none of the kinds of insurance is held. */
export function personalCertificate(ask: Ask): object | null {
  const person = askingPerson(ask)
  const kinds = INSURED.filter((kind) => asksFor(ask, kind, 'insuranceTypes'))
  if (person === null || kinds.length === 0) return null
  const named = ask.form['employerName']
  const paid = named === undefined || named === employerOf(ask) ? paidMonths(ask, person) : []
  return {
    certificateNo: codeOf(ask, 'CB'),
    insurances: kinds.map((insuranceType) => ({
      insuranceType,
      insuredState: stateOf(person, insuranceType),
      agencyName: `${ask.place.name}${AGENCY}`,
      employerName: employerOf(ask),
      ...career(person),
    })),
    ...(ask.form['certificateKind'] === 'current'
      ? {}
      : { contributions: kinds.flatMap((kind) => paid.map((month) => contribution(ask, kind, month))) }),
    ...issued(ask, AGENCY),
    ...checkable(ask, 90),
  }
}

const contribution = (ask: Ask, insuranceType: string, month: string) => ({
  insuranceType,
  month,
  employerName: employerOf(ask),
  ...(ask.form['showBase'] === true ? { baseYuan: '7200.00' } : {}),
  state: 'paid',
})

/** 单位参保证明, for the firm that asks; its staff are the known people of the place who are at work. */
export function employerCertificate(ask: Ask): object | null {
  const firm = ask.applicant.type === 'organization' ? findFirm(ask.place.city, ask.applicant.uscc) : null
  const kinds = INSURED.filter((kind) => asksFor(ask, kind, 'insuranceTypes'))
  if (firm === null || kinds.length === 0) return null
  const staff = peopleOf(ask.place.city).filter(({ pensionSince }) => pensionSince === null)
  const lastPaidMonth = months(ask).at(-1)
  const paidUntil = lastPaidMonth === undefined ? {} : { lastPaidMonth }
  return {
    certificateNo: codeOf(ask, 'DW'),
    ...employer(ask, firm),
    insurances: kinds.map((insuranceType) => ({
      insuranceType,
      insuredState: 'active',
      firstInsuredMonth: '2015-01',
      ...paidUntil,
      insuredCount: staff.length,
      arrearsYuan: '0.00',
    })),
    ...(ask.form['certificateKind'] === 'roster'
      ? {
          staff: staff
            .filter(({ certNo }) => ask.form['scope'] !== 'listed' || lists(ask, certNo))
            .map(({ name, certNo }) => ({
              name,
              certNo,
              insuranceTypes: kinds,
              startMonth: '2015-01',
              ...paidUntil,
              insuredState: 'active',
            })),
        }
      : {}),
    ...issued(ask, AGENCY),
    ...checkable(ask, 30),
  }
}

const employer = ({ place }: Ask, firm: KnownFirm) => ({
  employerName: firm.name,
  employerUscc: firm.uscc,
  employerNo: `${place.areaCode}0${firm.serial}`,
})

function lists({ form }: Ask, certNo: string): boolean {
  const listed: unknown = form['staff']
  return Array.isArray(listed) && listed.some((entry) => String(at(entry, '/certNo')).toUpperCase() === certNo)
}

const PENSION_FEN = 287_640

/** 养老保险待遇发放账单. Who is still at work has an account without payments. */
export function pensionPayments(ask: Ask): object | null {
  const person = askingPerson(ask)
  if (person === null || ask.form['insuranceType'] !== PENSION) return null
  const since = person.pensionSince
  const stamp = { ...issued(ask, AGENCY), ...ifPrintable(ask) }
  if (since === null) return { insuranceType: PENSION, benefitState: 'not-yet', payments: [], ...stamp }
  const paid = months(ask).filter((month) => month >= since)
  return {
    insuranceType: PENSION,
    benefitState: 'paying',
    receivingSince: since,
    benefitMonthlyYuan: yuan(PENSION_FEN),
    payments: !asksFor(ask, 'payments') ? [] : ask.form['grouping'] === 'year' ? byYear(paid) : byMonth(ask, paid),
    ...(asksFor(ask, 'composition')
      ? {
          composition: [
            { component: 'basic', amountYuan: '1650.20' },
            { component: 'personal-account', amountYuan: '612.20' },
            { component: 'transitional', amountYuan: '614.00' },
          ],
        }
      : {}),
    ...(asksFor(ask, 'adjustments')
      ? { adjustments: [{ month: '2025-01', previousYuan: '2820.00', adjustedYuan: yuan(PENSION_FEN) }] }
      : {}),
    ...stamp,
  }
}

/** The rise of January 2025 was paid in July, for the six months before too. */
const byMonth = (ask: Ask, paid: readonly string[]) =>
  paid.map((month) => ({
    month,
    paidOn: `${month}-15`,
    amountYuan: yuan(PENSION_FEN),
    ...(month === '2025-07' && asksFor(ask, 'supplements') ? { supplementYuan: '338.40' } : {}),
    bankName: '中国建设银行股份有限公司',
  }))

/** One entry for each year, under its last month. */
function byYear(paid: readonly string[]) {
  const years = Map.groupBy(paid, (month) => month.slice(0, 4))
  return [...years.values()].map((of) => ({ month: of.at(-1)!, amountYuan: yuan(of.length * PENSION_FEN) }))
}
