// The register of individual income tax: wages each month, and what the yearly settlement gave back.

import { type Ask, askingPerson, asksFor, checkable, codeOf, issued, months, nowInBeijing, yuan } from './extract.ts'

const MONTHLY = { incomeFen: 1_500_000, taxFen: 14_500 }
const REFUND_FEN = 36_000

interface Payment {
  readonly taxMonth: string
  readonly incomeItem: 'wages' | 'comprehensive'
  readonly incomeFen: number
  readonly taxFen: number
  readonly treasuryOn: string
}

/** 个人所得税纳税记录. Who draws a pension has paid no tax. */
export function incomeTaxRecord(ask: Ask): object | null {
  const person = askingPerson(ask)
  if (person === null) return null
  const asked = person.pensionSince === null ? months(ask).flatMap(payments).filter(isAsked(ask)).filter(isIn) : []
  const shown = ask.form['recordKind'] === 'yearly' ? yearly(asked) : asked
  const tax = sumOf(asked.filter(({ incomeItem }) => incomeItem === 'wages'))
  const refund = sumOf(asked.filter(({ incomeItem }) => incomeItem === 'comprehensive'))
  return {
    recordNo: codeOf(ask, 'NS'),
    startMonth: ask.form['startMonth'],
    endMonth: ask.form['endMonth'],
    taxRecords: shown.map(({ taxMonth, incomeItem, incomeFen, taxFen, treasuryOn }) => ({
      taxMonth,
      incomeItem,
      declarationKind: incomeItem === 'wages' ? 'withheld-declared' : 'settlement',
      ...(incomeItem === 'wages' ? { withholderName: `${ask.place.name}示例科技有限公司` } : {}),
      incomeYuan: yuan(incomeFen),
      taxPaidYuan: yuan(taxFen),
      refund: incomeItem === 'comprehensive',
      treasuryOn,
      taxAuthorityName: `国家税务总局${ask.place.name}税务局`,
    })),
    totalTaxYuan: yuan(tax),
    totalRefundYuan: yuan(refund),
    ...issued(ask, '税务局'),
    ...(ask.form['withVerification'] === true ? checkable(ask, 60) : {}),
  }
}

/** What was paid for a month; the settlement of the year before is with December and comes in the June after. */
function payments(taxMonth: string): readonly Payment[] {
  const [year, month] = taxMonth.split('-').map(Number) as [number, number]
  const next = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`
  const wages: Payment = { taxMonth, incomeItem: 'wages', ...MONTHLY, treasuryOn: `${next}-12` }
  return month === 12
    ? [
        wages,
        {
          taxMonth,
          incomeItem: 'comprehensive',
          incomeFen: 12 * MONTHLY.incomeFen,
          taxFen: REFUND_FEN,
          treasuryOn: `${year + 1}-06-10`,
        },
      ]
    : [wages]
}

const isAsked =
  (ask: Ask) =>
  ({ incomeItem }: Payment): boolean =>
    ask.form['incomeItems'] === undefined || asksFor(ask, incomeItem, 'incomeItems')

/** Whether the money has moved already. */
const isIn = ({ treasuryOn }: Payment): boolean => treasuryOn <= nowInBeijing().slice(0, 10)

const sumOf = (of: readonly Payment[]): number => of.reduce((sum, { taxFen }) => sum + taxFen, 0)

/** One entry for each year and kind of income, under the last month that was asked for. */
function yearly(of: readonly Payment[]): readonly Payment[] {
  const groups = Map.groupBy(of, ({ taxMonth, incomeItem }) => `${taxMonth.slice(0, 4)} ${incomeItem}`)
  return [...groups.values()].map((group) => ({
    ...group.at(-1)!,
    incomeFen: group.reduce((sum, { incomeFen }) => sum + incomeFen, 0),
    taxFen: sumOf(group),
  }))
}
