// The register of medical insurance: who is insured how, and the personal account. Known people have employees' insurance.

import { allMonths, type Ask, asksFor, askingPerson, ifPrintable, issued, months, nowInBeijing } from './extract.ts'
import type { KnownPerson } from './people.ts'

const EMPLOYEES = '310'
const AGENCY = '医疗保障事务服务中心'

const isAtWork = ({ pensionSince }: KnownPerson): boolean => pensionSince === null

/** Insured since; those who draw a pension since before the register begins. */
const since = (person: KnownPerson): string => (isAtWork(person) ? '2015-01' : '2002-01')

/** 医保参保信息. */
export function insuredInfo(ask: Ask): object | null {
  const person = askingPerson(ask)
  if (person === null || ask.form['insuranceType'] !== EMPLOYEES) return null
  const { areaCode, name } = ask.place
  return {
    insuranceType: EMPLOYEES,
    personalNo: `${areaCode}3${person.serial}`,
    insuredDivision: areaCode,
    insuredState: 'active',
    insuredPersonType: isAtWork(person) ? 'employed' : 'retired',
    ...(isAtWork(person) ? { employerName: `${name}示例科技有限公司` } : {}),
    firstInsuredMonth: since(person),
    ...(asksFor(ask, 'benefit-state') ? benefitOn(ask.form['onDate'], person) : {}),
    ...(asksFor(ask, 'history')
      ? { history: [{ insuranceType: EMPLOYEES, division: areaCode, startMonth: since(person) }] }
      : {}),
    ...(asksFor(ask, 'care-filings')
      ? {
          careFilings: [
            { filingType: 'posted-worker', careDivision: '110105', startDate: '2024-03-01', endDate: '2025-02-28' },
          ],
        }
      : {}),
    ...(asksFor(ask, 'chronic')
      ? { chronicQualifications: isAtWork(person) ? [] : [{ diseaseName: '高血压', validFrom: '2019-09-01' }] }
      : {}),
    ...issued(ask, AGENCY),
    ...ifPrintable(ask),
  }
}

/** Benefits begin with the third month after the first contribution. */
function benefitOn(onDate: unknown, person: KnownPerson): object {
  const benefitFrom = `${since(person).slice(0, 4)}-03-01`
  const day = typeof onDate === 'string' ? onDate : nowInBeijing().slice(0, 10)
  return { benefitState: day < benefitFrom ? 'waiting' : 'entitled', benefitFrom }
}

/** 医保个人账户及缴费信息. */
export function medicalAccount(ask: Ask): object | null {
  const person = askingPerson(ask)
  if (person === null || ask.form['insuranceType'] !== EMPLOYEES) return null
  return {
    insuranceType: EMPLOYEES,
    insuredState: 'active',
    totalMonths: isAtWork(person) ? allMonths().length : 300,
    ...(asksFor(ask, 'account')
      ? {
          account: {
            state: 'normal',
            balanceYuan: `${person.serial.slice(0, 4)}.36`,
            yearIncomeYuan: '1440.00',
            yearExpenseYuan: '326.50',
          },
        }
      : {}),
    contributions:
      asksFor(ask, 'contributions') && isAtWork(person) ? months(ask).map((month) => contribution(ask, month)) : [],
    ...(asksFor(ask, 'transactions') ? { transactions: transactions(ask) } : {}),
    ...(asksFor(ask, 'family-sharing') ? { familySharing: [] } : {}),
    ...issued(ask, AGENCY),
    ...ifPrintable(ask),
  }
}

const contribution = ({ place }: Ask, month: string) => ({
  month,
  employerName: `${place.name}示例科技有限公司`,
  baseYuan: '7200.00',
  employerYuan: '576.00',
  personalYuan: '144.00',
  state: 'paid',
})

/** Each month something comes in; each third month something is spent. */
function transactions(ask: Ask): readonly object[] {
  const kind = ask.form['transactionKind']
  const all = months(ask).flatMap((month) => [
    { date: `${month}-20`, kind: 'income', amountYuan: '144.00' },
    ...(Number(month.slice(5)) % 3 === 0
      ? [
          {
            date: `${month}-21`,
            kind: 'pharmacy',
            amountYuan: '63.80',
            institutionName: `${ask.place.name}示例大药房`,
          },
          { date: `${month}-22`, kind: 'hospital', amountYuan: '45.00', institutionName: `${ask.place.name}示例医院` },
        ]
      : []),
  ])
  return all.filter((entry) => kind === undefined || kind === 'all' || entry.kind === kind)
}
