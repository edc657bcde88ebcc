// The receipt (收件凭证): what was taken, by whom, when, and whom to ask. It proves that papers were collected, not that they are accepted.

import type { RecordDraft } from '../domain/audit.ts'
import type { Caller } from '../domain/caller.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import { currentLegs } from '../domain/leg-place.ts'
import { Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../domain/submission.ts'
import type { CityKey, Sentence } from '../domain/words.ts'
import type { DueDay } from '../domain/working-days.ts'
import { caseScope } from '../identity/rights.ts'
import { dueDay } from './case-view.ts'
import { holdingLeg, type Holder } from './offices.ts'
import type { Parts } from './parts.ts'

export const MATERIAL_WAYS = ['original', 'electronic', 'commitment', 'shared-data'] as const

interface Labelled {
  readonly how: string
  readonly label: Sentence
}

interface IdentityCheck extends Labelled {
  readonly at: string
  /** The clerk's account; null where the record of the filing has been deleted after its time. */
  readonly by: string | null
}

export interface Receipt {
  /** Of this document: the case number with the letters of a receipt before it. */
  readonly receiptNo: string
  readonly caseNo: string
  readonly item: { readonly code: string; readonly name: Sentence }
  readonly applicant: { readonly name: string; readonly document: string }
  /** Who acts for the applicant; null where nobody does. */
  readonly agent: string | null
  readonly competentCity: { readonly key: CityKey; readonly name: Sentence }
  readonly collectedBy: Holder
  readonly collectedAt: string
  readonly identityCheck: IdentityCheck | null
  readonly materials: readonly (Labelled & { readonly code: string; readonly name: Sentence })[]
  readonly promisedBy: DueDay | null
  readonly heldBy: Holder
  readonly notice: Sentence
}

const WAYS: Readonly<Record<MaterialReference['held'], Labelled & { readonly how: (typeof MATERIAL_WAYS)[number] }>> = {
  seenAtWindow: { how: 'original', label: { zh: '原件，窗口核验', en: 'Original, seen at the window' } },
  uploaded: { how: 'electronic', label: { zh: '电子件，已上传', en: 'Electronic, uploaded' } },
  commitment: { how: 'commitment', label: { zh: '告知承诺', en: 'Signed commitment' } },
  sharedData: { how: 'shared-data', label: { zh: '数据共享核验', en: 'Verified through shared data' } },
}

const CHECKS: Readonly<Record<string, Sentence>> = {
  'id-card-reader': { zh: '身份证阅读器', en: 'Identity card reader' },
  'face-match': { zh: '人证比对', en: 'Face matched with the document' },
  'e-certificate': { zh: '电子证照核验', en: 'Electronic certificate' },
  'document-seen': { zh: '查验证件原件', en: 'Original document seen' },
}

const NOTICE: Sentence = {
  zh: '本凭证证明材料已收件。是否受理由属地主管部门决定，并由其另行出具书面凭证。',
  en: 'This receipt proves that the papers were collected. Whether they are accepted is decided by the competent department, which says so in a document of its own.',
}

/** Throws Fault CASE_UNKNOWN, ROLE_NOT_ALLOWED, or what the store throws. Of a corrected case: what was first filed. */
export async function receiptOf(parts: Parts, caller: Caller, caseNo: string): Promise<Receipt> {
  const record = await parts.store.findCase(caseNo, caseScope(caller.principal, parts.keyed))
  if (record === null) throw new Fault('CASE_UNKNOWN')
  const known = parts.catalogue.known(record.item)
  const item = known && parts.catalogue.itemIn(known, record.competentCity)
  return receipt(parts, record, item, await filedBy(parts, caseNo))
}

/** Who checked is who filed: the account in the first record of the case. */
async function filedBy({ store }: Parts, caseNo: string): Promise<string | null> {
  const { entries } = await store.listRecords({ caseNo, limit: 1 })
  const actor = entries[0]?.leaf['actor'] as RecordDraft['actor'] | undefined
  return actor?.role === 'clerk' ? actor.subject : null
}

function receipt(
  { offices, workingDays }: Parts,
  record: CaseRecord,
  item: Item | undefined,
  clerk: string | null,
): Receipt {
  const { caseNo, body, competentCity } = record
  const holding = holdingLeg(currentLegs(record.legs), item?.legs.find(({ does }) => does === 'decide')?.key)
  const collectedBy = offices.collectedBy(record.hall)
  return {
    receiptNo: `SJ-${caseNo}`,
    caseNo,
    item: { code: record.item, name: item?.name ?? asIs(record.item) },
    applicant: applicantOf(body),
    agent: body.agent?.name ?? null,
    competentCity: { key: competentCity, name: offices.cityName(competentCity) },
    collectedBy,
    collectedAt: new Date(record.filedAt).toISOString(),
    identityCheck: body.identityCheck === undefined ? null : { ...checkOf(body.identityCheck), by: clerk },
    materials: (body.materials ?? []).map(({ code, held }) => {
      const name = item?.materials.find((material) => material.code === code)?.name ?? asIs(code)
      return { code, name, ...WAYS[held] }
    }),
    promisedBy: dueDay(record, item?.promisedWorkingDays, workingDays) ?? null,
    heldBy: holding === undefined ? collectedBy : offices.holderOf(record, holding),
    notice: NOTICE,
  }
}

const asIs = (word: string): Sentence => ({ zh: word, en: word })

function checkOf({ how, at }: NonNullable<SubmissionBody['identityCheck']>): Omit<IdentityCheck, 'by'> {
  return { how, label: CHECKS[how] ?? asIs(how), at: new Date(at).toISOString() }
}

/** Of the number no more than its owner needs to know it again: a receipt is carried about, and lost. */
function applicantOf({ applicant }: SubmissionBody): Receipt['applicant'] {
  const number = applicant.type === 'person' ? applicant.certNo : applicant.uscc
  const shown = Math.min(4, Math.floor(number.length / 4))
  const document = number.slice(0, shown) + '*'.repeat(number.length - 2 * shown) + number.slice(number.length - shown)
  return { name: applicant.name, document }
}
