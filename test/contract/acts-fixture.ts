// What the contracts of acts share: a filed case, what people and cities do with it, how attempts end.

import type { Act, NewAct } from '../../src/domain/acts.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { CityNews } from '../../src/domain/news.ts'
import type { Acceptance, Claim, NewsArrival, Settlement, Store } from '../../src/domain/store.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, ALONE, draft, LEASE_MS, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

export const AT = NOW + 10_000
export const STORED = { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: AT, notKnown: 0 } as const
export const UNCONFIRMED = { ...STORED, state: 'unconfirmed', faultCode: 'CITY_TIMEOUT' } as const
export const WITHDRAWAL: Act = { kind: 'withdrawal', leg: 'decide', place: ALONE, reason: '王小明已在本地办理' }

export async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

export function correction(accepted: Acceptance): Act {
  const { body } = accepted.newCase
  return {
    kind: 'correction',
    leg: 'decide',
    body: { ...body, form: { ...body.form, account: '6222021001116248' } },
    schemaDigest: 'bmV3LXNjaGVtYQ',
    materials: { owner: { hall: 'hunnan' }, materialIds: [] },
  }
}

export function newAct(
  store: OpenedStore['store'],
  accepted: Acceptance,
  act: Act,
  changes: Partial<NewAct> = {},
): NewAct {
  const { caseNo } = accepted.newCase
  const { at = AT } = changes
  return {
    key: {
      scope: store.keyed.scope([systemIds.requestId()]),
      fingerprint: store.keyed.fingerprint(Buffer.from('act')),
    },
    caseNo,
    act,
    at,
    by: 'clerk',
    hall: 'hunnan',
    configVersion: 'config-3',
    lease: systemIds.lease(),
    leaseUntil: at + LEASE_MS,
    intent: draft({ time: at, caseNo, leg: 'decide', call: act.kind === 'correction' ? 'correct' : 'withdraw' }),
    record: draft({ time: at, kind: 'case-acted', caseNo, outcome: 'unknown' }),
    ...changes,
  }
}

export async function filed(store: OpenedStore['store'], changes: Partial<Settlement> = {}): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  await store.settle(settlement(accepted, { answer: null, ...changes }))
  return accepted
}

export async function tell(
  store: Store,
  accepted: Acceptance,
  order: number,
  state: CityNews['state'],
  where: Partial<Pick<NewsArrival, 'city' | 'leg' | 'place'>> = {},
): Promise<void> {
  const { caseNo } = accepted.newCase
  await store.takeNews({
    city: 'fushun',
    caseNo,
    leg: 'decide',
    now: NOW + 1000 * order,
    place: ALONE,
    ...where,
    record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
    news: {
      id: `${caseNo}-${order}`,
      reference: `${caseNo}.decide`,
      backendCaseNo: 'FS-0001',
      order,
      at: NOW + 1000 * order,
      cityStatus: String(order),
      state,
      remark: null,
      reasons: [],
      results: [],
    },
  })
}

export async function atCorrection(store: OpenedStore['store']): Promise<Acceptance> {
  const accepted = await filed(store)
  await tell(store, accepted, 1, 'correction-required')
  return accepted
}

/** How the city answered a message after the application. */
export function ended(claim: Claim, changes: Partial<Settlement>): Settlement {
  return {
    caseNo: claim.caseNo,
    leg: claim.leg,
    messageNo: claim.messageNo,
    lease: claim.lease,
    now: AT + 500,
    settled: { state: 'delivered', backendCaseNo: null, cityStatus: '21' },
    told: null,
    place: ALONE,
    records: [],
    answer: null,
    ...changes,
  }
}

export const claimOf = (entered: Awaited<ReturnType<Store['enterAct']>>): Claim => {
  if (entered.kind !== 'entered' || entered.claim === null) throw new Error(`no message: ${JSON.stringify(entered)}`)
  return entered.claim
}
