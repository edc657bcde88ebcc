// What the registers of a sandbox city hold about people and firms, as the answers to the four queries.

import { createHash } from 'node:crypto'
import type { KnownFirm, KnownPerson } from './people.ts'
import { findFirm, findPerson, peopleOf } from './people.ts'
import type { Place } from './places.ts'
import type { CitySubmission } from './submission.ts'

type Form = Readonly<Record<string, unknown>>

/** The answer to a query that passed the desk, null if the registers hold nothing. */
export function lookUp(place: Place, { item, body, reference }: CitySubmission): object | null {
  const { applicant, form } = body
  const issued = (authority: string) => ({ issuedBy: `${place.name}${authority}`, issuedAt: nowInBeijing() })
  if (item === 'mr-registration-archive-query') {
    const firm = findFirm(place.city, String(form['uscc']))
    return firm && { ...archive(place, firm, form), ...issued('市场监督管理局'), ...validity(reference) }
  }
  if (item === 're-registry-query') {
    const records = homes(place, form, applicant.type === 'person' ? applicant.certNo : '')
    if (records.length === 0) return null
    const proof = form['wantCertificate'] === true ? { certificateOfResultNo: codeOf(reference, '证') } : {}
    return { records, ...issued('不动产登记中心'), ...proof }
  }
  const person = applicant.type === 'person' ? findPerson(place.city, applicant.certNo) : null
  if (person === null) return null
  if (item === 'hf-account-loan-query') {
    return { ...housingFund(place, person, form), ...issued('住房公积金管理中心') }
  }
  const record = insurance(place, person, form)
  const code = form['resultForm'] === 'printable' ? { verificationCode: codeOf(reference, 'V') } : {}
  return record && { ...record, ...issued('社会保险事业服务中心'), ...code }
}

const wants = (form: Form, content: string): boolean =>
  Array.isArray(form['contents']) && form['contents'].includes(content)

const validity = (reference: string) => ({
  validUntil: nowInBeijing(7 * 86_400_000).slice(0, 10),
  verificationCode: codeOf(reference, 'V'),
})

const codeOf = (reference: string, lead: string): string =>
  `${lead}${createHash('sha256').update(reference).digest('hex').slice(0, 16).toUpperCase()}`

function nowInBeijing(offsetMs = 0): string {
  return `${new Date(Date.now() + 8 * 3_600_000 + offsetMs).toISOString().slice(0, 19)}+08:00`
}

/** Months from `start` to `end` (`YYYY-MM`), both included, that lie in the records: since 2015, not in the future, at most 600. */
function months(form: Form): readonly string[] {
  const first = [monthOr(form['startMonth'], '2015-01'), '2015-01'].sort().at(-1)!
  const last = [monthOr(form['endMonth'], '9999-12'), nowInBeijing().slice(0, 7)].sort()[0]!
  const found: string[] = []
  for (let month = first; month <= last && found.length < 600; month = nextMonth(month)) found.push(month)
  return found
}

const monthOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

function nextMonth(month: string): string {
  const [year, of] = month.split('-').map(Number) as [number, number]
  return of === 12 ? `${year + 1}-01` : `${year}-${String(of + 1).padStart(2, '0')}`
}

/** Kinds of insurance that the known people have; of others nothing is found. */
const INSURED = new Set(['110', '210', '410'])

function insurance(place: Place, person: KnownPerson, form: Form): object | null {
  const insuranceType = String(form['insuranceType'])
  if (!INSURED.has(insuranceType)) return null
  const employerName = `${place.name}示例科技有限公司`
  const contributions = months(form).map((month) => ({
    month,
    employerName,
    baseYuan: '7200.00',
    employerYuan: '1152.00',
    personalYuan: '576.00',
    state: 'paid',
  }))
  return {
    insuranceType,
    insuredState: 'active',
    employerName,
    firstInsuredMonth: '2015-01',
    totalMonths: months({}).length,
    contributions: wants(form, 'contributions') ? contributions : [],
    ...(wants(form, 'account') && insuranceType === '110' ? { accountBalanceYuan: `8${person.serial}.76` } : {}),
  }
}

function housingFund(place: Place, person: KnownPerson, form: Form): object {
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
    lastPaidMonth: months({}).at(-1)!,
  }
  const contributions = months(form).map((month) => ({
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
    ...(wants(form, 'contributions') ? { contributions } : {}),
    ...(wants(form, 'loan') ? { loan } : {}),
  }
}

/** Each known person owns one home in each city that knows them. */
function homes(place: Place, form: Form, certNo: string): readonly object[] {
  const all = peopleOf(place.city).map((owner) => ({
    owner,
    record: {
      unitNo: `${place.areaCode}001001GB00001F000${owner.serial}`,
      certificateNo: `辽(2023)${place.name}不动产权第00${owner.serial}号`,
      location: `${place.name}示例路${owner.serial.slice(-2)}号2单元301室`,
      owners: [owner.name],
      ownershipKind: 'sole',
      areaSquareMetres: 89.53,
      use: '成套住宅',
      registeredOn: '2023-05-18',
      mortgaged: true,
      mortgagee: '中国建设银行股份有限公司',
      seized: false,
      objection: false,
    },
  }))
  const found = all.filter(({ owner, record }) => {
    switch (form['searchBy']) {
      case 'certificate':
        return record.certificateNo === form['certificateNo']
      case 'unit':
        return record.unitNo === form['unitNo']
      case 'address':
        return record.location === form['address']
      default:
        return owner.certNo === certNo.toUpperCase()
    }
  })
  return found.map(({ record }) => record)
}

function archive(place: Place, firm: KnownFirm, form: Form): object {
  const entity = {
    name: firm.name,
    uscc: firm.uscc,
    kind: firm.uscc.startsWith('92') ? 'sole-trader' : firm.uscc.startsWith('93') ? 'cooperative' : 'company',
    legalRepresentative: '张伟',
    registeredCapitalYuan: '5000000.00',
    registeredOn: '2016-03-09',
    operatingUntil: '2036-03-08',
    address: `${place.name}示例路1号`,
    scope: '软件开发；信息技术咨询服务；计算机软硬件零售',
    state: 'active',
    authority: `${place.name}市场监督管理局`,
  }
  const shareholders = [
    { name: '张伟', sharePercent: 60, subscribedYuan: '3000000.00' },
    { name: '王芳', sharePercent: 40, subscribedYuan: '2000000.00' },
  ]
  const officers = [
    { name: '张伟', post: '执行董事兼经理' },
    { name: '王芳', post: '监事' },
  ]
  const changes = [{ date: '2021-08-02', what: '注册资本变更', before: '1000000 元', after: '5000000 元' }]
  const filings = [{ date: '2021-08-02', what: '章程备案' }]
  return {
    entity,
    ...(wants(form, 'shareholders') ? { shareholders } : {}),
    ...(wants(form, 'officers') ? { officers } : {}),
    ...(wants(form, 'changes') ? { changes } : {}),
    ...(wants(form, 'filings') ? { filings } : {}),
  }
}
