// What the store's contract is tried with: cases, drafts and settlements of invented people.

import type { RecordDraft } from '../../src/domain/audit.ts'
import type { Keyed } from '../../src/domain/ids.ts'
import type { LegPlace } from '../../src/domain/leg-place.ts'
import type { Acceptance, NewCase, Settlement, Store } from '../../src/domain/store.ts'
import { systemIds } from '../../src/system.ts'

/** A store under test. `reopen` closes it and opens the same data again, under another boot name. */
export interface OpenedStore {
  readonly store: Store & { readonly keyed: Keyed }
  readonly node: string
  readonly reopen: () => Promise<OpenedStore>
}

export const NOW = Date.parse('2026-11-22T02:00:00.000Z')
export const LEASE_MS = 30_000

/** Invented, with a check character that comes in either case. */
export const WANG = { certType: '111', certNo: '21010219900307123X' }
export const LI = { certType: '111', certNo: '210402198811020019' }

export const PERSONAL = [
  '王小明',
  WANG.certNo,
  '13812345678',
  '和平区南京南街',
  '6222021001116247',
  '不在参保范围',
] as const

export function draft(changes: Partial<RecordDraft> = {}): RecordDraft {
  const time = changes.time ?? NOW
  return {
    id: systemIds.recordId(time),
    time,
    kind: 'forwarded',
    requestId: systemIds.requestId(),
    actor: {
      role: 'clerk',
      issuer: 'https://id.shenyang.invalid',
      subject: 'clerk-17',
      city: 'shenyang',
      hall: 'hunnan',
    },
    subjectKey: null,
    method: 'POST',
    route: '/v1/items/:code/applications',
    item: 'ss-employee-pension-transfer',
    city: 'fushun',
    collectingCity: 'shenyang',
    routeRule: 'insured-place /form/insuredDivision=210400',
    caseNo: null,
    leg: null,
    call: 'deliver',
    intent: null,
    outcome: 'sending',
    status: null,
    faultCode: null,
    source: null,
    requestDigest: { digest: 'cmVxdWVzdC1kaWdlc3Q', salt: 'c2FsdC1vZi1yZXF1ZXN0' },
    answerDigest: null,
    schemaDigest: 'c2NoZW1hLWRpZ2VzdA',
    consentVersion: null,
    contentDigest: null,
    disclosed: null,
    configVersion: 'config-1',
    counts: null,
    ...changes,
  }
}

/** A case of Wang, filed at a window in Shenyang, for Fushun to decide. */
export function acceptance(
  keyed: Keyed,
  changes: Partial<NewCase> = {},
  more: Partial<Omit<Acceptance, 'newCase'>> = {},
): Acceptance {
  const filedAt = changes.filedAt ?? NOW
  const caseNo = changes.caseNo ?? systemIds.caseNo(filedAt)
  const [applicant = keyed.subjectKey(WANG)] = changes.subjectKeys ?? []
  return {
    keptHere: null,
    key: { scope: keyed.scope([systemIds.requestId()]), fingerprint: keyed.fingerprint(Buffer.from(caseNo)) },
    newCase: {
      caseNo,
      item: 'ss-employee-pension-transfer',
      handlingMode: 'collect-and-forward',
      collectingCity: 'shenyang',
      competentCity: 'fushun',
      hall: 'hunnan',
      state: 'collected',
      filedAt,
      legs: [{ leg: 'decide', city: 'fushun', routeRule: 'insured-place /form/insuredDivision=210400' }],
      schemaDigest: 'c2NoZW1hLWRpZ2VzdA',
      configVersion: 'config-1',
      body: {
        applicant: {
          type: 'person',
          name: '王小明',
          ...WANG,
          mobile: '13812345678',
          address: '沈阳市和平区南京南街1号',
        },
        form: { insuredDivision: '210400', account: '6222021001116247' },
        purpose: '养老保险关系转移',
      },
      subjectKeys: [applicant],
      ...changes,
    },
    lease: systemIds.lease(),
    leaseUntil: filedAt + LEASE_MS,
    intent: draft({ time: filedAt, caseNo, leg: 'decide', subjectKey: applicant }),
    materials: { owner: { hall: 'hunnan' }, materialIds: [] },
    ...more,
  }
}

export const JOINT_LEGS = [
  { leg: 'decide', city: 'fushun', routeRule: 'new-residence /form/to=210402' },
  { leg: 'release', city: 'benxi', routeRule: 'old-residence /form/from=210502' },
] as const

/** The only leg of its case, and the first of two. */
export const ALONE: LegPlace = { decides: true, whenFailed: 'stop', next: null }
export const BEFORE_RELEASE: LegPlace = { ...ALONE, next: { leg: JOINT_LEGS[1], after: 'taken' } }

const TOLD = { delivered: 'pre-accepted', refused: 'refused', stored: null, unconfirmed: null, stuck: null } as const

/** How the attempt that `accepted` began ended; by default the city took it. */
export function settlement(accepted: Acceptance, changes: Partial<Settlement> = {}): Settlement {
  const { caseNo, filedAt } = accepted.newCase
  const { settled = { state: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01' } } = changes
  return {
    caseNo,
    leg: 'decide',
    messageNo: 0,
    lease: accepted.lease,
    now: filedAt + 250,
    settled,
    told: TOLD[settled.state],
    place: ALONE,
    records: [draft({ kind: 'city-answered', caseNo, outcome: 'delivered', intent: accepted.intent.id })],
    answer: { status: 201, headers: { location: `/v1/cases/${caseNo}` }, body: `{"caseNo":"${caseNo}"}` },
    ...changes,
  }
}

export function claimRequest(city: string, now: number, limit = 10) {
  return {
    city,
    sendsAgain: false,
    now,
    leaseUntil: now + LEASE_MS,
    limit,
    leases: Array.from({ length: limit }, () => systemIds.lease()),
    recordIds: Array.from({ length: limit }, () => systemIds.recordId(now)),
    configVersion: 'config-2',
  }
}
