// The registers of housing: fund accounts with their loans, and who owns which property.

import { allMonths, type Ask, asksFor, askingPerson, ifProofWanted, issued, months } from './extract.ts'
import { firmsOf, peopleOf } from './people.ts'

/** 住房公积金账户和贷款. Who draws a pension has closed the account. */
export function housingFund(ask: Ask): object | null {
  const person = askingPerson(ask)
  if (person === null || person.pensionSince !== null) return null
  const { place } = ask
  const account = {
    accountNo: `${place.areaCode}0${person.serial}`,
    state: 'normal',
    employerName: `${place.name}示例科技有限公司`,
    baseYuan: '7200.00',
    employerRatioPercent: 12,
    personalRatioPercent: 12,
    monthlyDepositYuan: '1728.00',
    balanceYuan: `1${person.serial}.68`,
    openedOn: '2015-01-15',
    lastPaidMonth: allMonths().at(-1)!,
  }
  const contributions = months(ask).map((month) => ({
    date: `${month}-15`,
    kind: 'deposit',
    amountYuan: '1728.00',
    month,
  }))
  const loan = {
    contractNo: `GJJDK${place.areaCode}${person.serial}`,
    state: 'repaying',
    principalYuan: '400000.00',
    balanceYuan: '251338.42',
    monthlyRepaymentYuan: '1854.17',
    annualRatePercent: 2.85,
    termMonths: 300,
    overdueMonths: 0,
    grantedOn: '2019-06-20',
  }
  return {
    account,
    ...(asksFor(ask, 'contributions') ? { contributions } : {}),
    ...(asksFor(ask, 'loan') ? { loan } : {}),
    ...issued(ask, '住房公积金管理中心'),
  }
}

interface Holding {
  /** Number of the owner: identity number or credit code. */
  readonly owner: string
  readonly record: Readonly<Record<string, unknown>>
}

/** 不动产登记资料: each known person owns a home and each known firm a shop, in each city that knows them. */
export function realEstate(ask: Ask): object | null {
  const { place, form, applicant } = ask
  const asking = applicant.type === 'person' ? applicant.certNo.toUpperCase() : applicant.uscc
  const holdings = [
    ...peopleOf(place.city).map(({ name, certNo, serial }) => holding(ask, certNo, name, serial, 'home')),
    ...firmsOf(place.city).map(({ name, uscc, serial }) => holding(ask, uscc, name, serial, 'shop')),
  ]
  const found = holdings.filter(({ owner, record }) => {
    switch (form['searchBy']) {
      case 'certificate':
        return record.certificateNo === form['certificateNo']
      case 'unit':
        return record.unitNo === form['unitNo']
      case 'address':
        return record.location === form['address']
      default:
        return owner === asking
    }
  })
  if (found.length === 0) return null
  return {
    records: found.map(({ record }) => record),
    ...issued(ask, '不动产登记中心'),
    ...ifProofWanted(ask),
  }
}

function holding({ place }: Ask, owner: string, name: string, serial: string, kind: 'home' | 'shop'): Holding {
  const isHome = kind === 'home'
  const lead = isHome ? '0' : '1'
  return {
    owner,
    record: {
      unitNo: `${place.areaCode}001001GB00001F00${lead}${serial}`,
      certificateNo: `辽(2023)${place.name}不动产权第0${lead}${serial}号`,
      location: `${place.name}示例路${serial.slice(-2)}号${isHome ? '2单元301室' : '1层101号'}`,
      owners: [name],
      ownershipKind: 'sole',
      areaSquareMetres: isHome ? 89.53 : 126.4,
      use: isHome ? '成套住宅' : '商业服务',
      registeredOn: '2023-05-18',
      ...(isHome ? { mortgaged: true, mortgagee: '中国建设银行股份有限公司' } : { mortgaged: false }),
      seized: false,
      objection: false,
    },
  }
}
