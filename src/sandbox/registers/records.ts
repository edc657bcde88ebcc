// What the registers of a sandbox city hold about people and firms, as the answers to the thirteen queries.

import type { Ask } from './extract.ts'
import type { Place } from '../places.ts'
import { registrationArchive } from './firms.ts'
import { housingFund, realEstate } from './housing.ts'
import { employerCertificate, pensionPayments, personalCertificate, rightsRecord } from './insurance.ts'
import { insuredInfo, medicalAccount } from './medical.ts'
import { professionalCertificates, skillCertificates } from './qualifications.ts'
import { incomeTaxRecord } from './tax.ts'
import { trafficViolations } from './traffic.ts'
import type { CitySubmission } from '../submission.ts'

/** Which register answers which query; null = it holds nothing of whom or what is asked for. */
const REGISTERS: ReadonlyMap<string, (ask: Ask) => object | null> = new Map([
  ['ss-personal-rights-record', rightsRecord],
  ['ss-personal-insured-certificate', personalCertificate],
  ['ss-employer-insured-certificate', employerCertificate],
  ['ss-pension-payment-query', pensionPayments],
  ['mi-insured-info-query', insuredInfo],
  ['mi-account-query', medicalAccount],
  ['hf-account-loan-query', housingFund],
  ['hr-skill-certificate-query', skillCertificates],
  ['hr-professional-certificate-query', professionalCertificates],
  ['ps-traffic-violation-query', trafficViolations],
  ['re-registry-query', realEstate],
  ['mr-registration-archive-query', registrationArchive],
  ['tx-income-tax-record', incomeTaxRecord],
])

/** The answer to a query that passed the desk, null if the registers hold nothing. */
export function lookUp(place: Place, { item, body, reference }: CitySubmission): object | null {
  const register = REGISTERS.get(item)
  if (register === undefined) throw new Error(`no register answers ${item}`)
  return register({ place, form: body.form, applicant: body.applicant, reference })
}
