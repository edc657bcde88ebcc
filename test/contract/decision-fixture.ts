// What operators' decisions are tried with.

import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { DeliveryDecision } from '../../src/domain/open-delivery.ts'
import type { Acceptance, Settled, Settlement, Store } from '../../src/domain/store.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, ALONE, draft, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

export const AT = NOW + 100_000
export const STUCK = { state: 'stuck', faultCode: 'CITY_MESSAGE_UNSUPPORTED', mayHaveArrived: false } as const
export const STUCK_UNKNOWN = { state: 'stuck', faultCode: 'CITY_TIMEOUT', mayHaveArrived: true } as const
export const STORED = { state: 'stored', faultCode: 'CITY_RESET', nextAt: AT + 60_000, notKnown: 0 } as const
export const UNCONFIRMED = { ...STORED, state: 'unconfirmed', notKnown: 1 } as const
export const SHOWN = { code: 'city-cannot-take-it', message: '请到窗口办理' } as const
const REASON = '对方来电，王小明的事已另办'

export async function caseOf(store: Store, accepted: Acceptance): Promise<CaseRecord> {
  const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
  if (found === null) throw new Error('the case is not there')
  return found
}

export async function filed(
  store: OpenedStore['store'],
  settled: Settled,
  changes: Partial<Settlement> = {},
): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  await store.settle(settlement(accepted, { settled, answer: null, ...changes }))
  return accepted
}

export function decision(
  store: OpenedStore['store'],
  { newCase: { caseNo } }: Acceptance,
  act: DeliveryDecision['act'],
  changes: Partial<DeliveryDecision> = {},
): DeliveryDecision {
  const { at = AT } = changes
  return {
    key: {
      scope: store.keyed.scope([systemIds.requestId()]),
      fingerprint: store.keyed.fingerprint(Buffer.from(act)),
    },
    caseNo,
    leg: 'decide',
    messageNo: 0,
    act,
    at,
    seen: null,
    backendCaseNo: act === 'mark-delivered' ? 'FS-0099' : null,
    shown: act === 'give-up' ? SHOWN : null,
    words: { by: 'operator-7', reason: REASON },
    place: ALONE,
    record: draft({ time: at, kind: 'delivery-decided', caseNo, leg: 'decide', outcome: act, call: null }),
    ...changes,
  }
}
