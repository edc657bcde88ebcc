// The registers of skills and professional qualifications: what certificates the known people hold.

import { type Ask, askingPerson, ifProofWanted, issued } from './extract.ts'
import { findPerson, type KnownPerson } from './people.ts'

const AUTHORITY = '人力资源和社会保障局'

/** Whom a query is about: who asks, or the holder that the form names if name and number belong together. */
function holderIn(ask: Ask): KnownPerson | null {
  const asking = askingPerson(ask)
  if (ask.form['subject'] !== 'other' || asking === null) return asking
  const named = ask.form['holder'] as { readonly name?: unknown; readonly certNo?: unknown } | undefined
  const holder = findPerson(ask.place.city, String(named?.certNo))
  return holder?.name === named?.name ? holder : null
}

/** Whether the form leaves a member open or has the certificate's own value. */
const fits = ({ form }: Ask, name: string, value: unknown): boolean => form[name] === undefined || form[name] === value

/** 技能人员证书: one of each kind for everybody. */
export function skillCertificates(ask: Ask): object | null {
  const holder = holderIn(ask)
  if (holder === null) return null
  const certificates = skills(ask, holder).filter((certificate) =>
    ['certificateNo', 'certificateKind', 'tradeName', 'skillLevel'].every((name) => fits(ask, name, certificate[name])),
  )
  return certificates.length === 0 ? null : { certificates, ...ifProofWanted(ask), ...issued(ask, AUTHORITY) }
}

type Certificate = Readonly<Record<string, unknown>>

function skills({ place }: Ask, { name, serial }: KnownPerson): readonly Certificate[] {
  const of = (certificateKind: string, serialOfKind: number, more: Certificate) => ({
    certificateNo: `S${place.areaCode}2100${serial}${String(serialOfKind).padStart(3, '0')}`,
    holderName: name,
    certificateKind,
    assessorName: `${place.name}示例职业技能评价中心`,
    overallGrade: 'passed',
    issuedOn: '2021-06-30',
    state: 'valid',
    ...more,
  })
  const scores = { theoryScore: 82, practiceScore: 88.5 }
  return [
    of('skill-level', 1, { tradeName: '电工', skillLevel: '3', tradeCode: '6-31-01-03', ...scores }),
    of('vocational-qualification', 2, {
      tradeName: '焊工',
      skillLevel: '4',
      tradeCode: '6-18-02-04',
      ...scores,
    }),
    of('special-ability', 3, { tradeName: '手工面点制作' }),
  ]
}

/** 专业技术人员职业资格证书: everybody is a safety engineer since 2023. */
export function professionalCertificates(ask: Ask): object | null {
  const holder = holderIn(ask)
  if (holder === null) return null
  const { name, areaCode } = ask.place
  const approvedOn = '2023-10-29'
  const certificate = {
    certificateNo: `AQ${areaCode}23${holder.serial}`,
    managementNo: `2023${areaCode}0${holder.serial}`,
    holderName: holder.name,
    qualification: 'safety-engineer',
    qualificationLevel: 'intermediate',
    specialty: '建筑施工安全',
    approvedOn,
    issuedOn: '2024-01-15',
    issuedBy: `${name}${AUTHORITY}`,
    state: 'valid',
  }
  const asked = (['certificateNo', 'managementNo', 'qualification', 'qualificationLevel', 'specialty'] as const).every(
    (member) => fits(ask, member, certificate[member]),
  )
  if (!asked || !fits(ask, 'approvedYear', Number(approvedOn.slice(0, 4)))) return null
  const registration = {
    registrationNo: `ZC${areaCode}${holder.serial}`,
    employerName: `${name}示例科技有限公司`,
    validUntil: '2029-01-14',
    registrationState: 'registered',
  }
  return {
    certificates: [{ ...certificate, ...(ask.form['withRegistration'] === true ? { registration } : {}) }],
    ...ifProofWanted(ask),
    ...issued(ask, AUTHORITY),
  }
}
