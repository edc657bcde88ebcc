// Contract: what operators decide about messages to cities takes effect once, and never against somebody who holds a lease.

import type { Test } from 'tap'
import type { NewAct } from '../../src/domain/acts.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import type { Acceptance } from '../../src/domain/store.ts'
import { systemIds } from '../../src/system.ts'
import { AT, caseOf, decision, filed, SHOWN, STORED, STUCK, STUCK_UNKNOWN, UNCONFIRMED } from './decision-fixture.ts'
import {
  acceptance,
  ALONE,
  BEFORE_RELEASE,
  claimRequest,
  draft,
  JOINT_LEGS,
  LEASE_MS,
  NOW,
  PERSONAL,
  settlement,
} from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const events = ({ events }: CaseRecord): readonly string[] => events.map(({ event, by }) => `${event} by ${by}`)

export function decisionContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('messages that are not at rest are listed page by page, the oldest case first', async (t) => {
    const { store } = await open(t)
    const kept: Acceptance[] = []
    for (const settled of [STUCK, STORED, STUCK_UNKNOWN, UNCONFIRMED, STUCK]) kept.push(await filed(store, settled))
    await filed(store, { state: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01' })
    const sending = acceptance(store.keyed)
    await store.accept(sending)
    const expected = [...kept, sending].map(({ newCase }) => newCase.caseNo)

    const found: string[] = []
    for (let after: number | null = 0; after !== null;) {
      const page = await store.listDeliveries({ limit: 2, ...(after === 0 ? {} : { after }) })
      t.ok(page.entries.length <= 2)
      found.push(...page.entries.map(({ caseNo }) => caseNo))
      after = page.next
    }
    t.same(found, expected)
    const stuck = await store.listDeliveries({ limit: 9, state: 'stuck' })
    t.match(stuck.entries, [
      {
        caseNo: expected[0],
        item: 'ss-employee-pension-transfer',
        leg: 'decide',
        messageNo: 0,
        city: 'fushun',
        kind: 'application',
        state: 'stuck',
        since: NOW,
        lastAttemptAt: NOW,
        attempts: 1,
        faultCode: 'CITY_MESSAGE_UNSUPPORTED',
        nextAt: null,
        mayHaveArrived: false,
        atWorkUntil: null,
        isNext: true,
      },
      { caseNo: expected[2], mayHaveArrived: true },
      { caseNo: expected[4] },
    ])
    t.equal(stuck.next, null)
    t.match(
      (await store.listDeliveries({ limit: 9 })).entries.map((one) => [one.state, one.mayHaveArrived, one.nextAt]),
      [
        ['stuck', false, null],
        ['stored', false, AT + 60_000],
        ['stuck', true, null],
        ['unconfirmed', true, AT + 60_000],
        ['stuck', false, null],
        ['sending', true, null],
      ],
    )
    t.same((await store.listDeliveries({ limit: 9, city: 'benxi' })).entries, [])
    t.same((await store.listDeliveries({ limit: 9, city: 'fushun', state: 'stored' })).entries.length, 1)
    for (const secret of PERSONAL) t.notOk(JSON.stringify(stuck).includes(secret))
  })

  t.test('what is tried again is sent where it never arrived, and only asked about where it may have', async (t) => {
    for (const [settled, call] of [
      [STUCK, 'deliver'],
      [STORED, 'deliver'],
      [STUCK_UNKNOWN, 'enquire'],
      [UNCONFIRMED, 'enquire'],
    ] as const) {
      const { store } = await open(t)
      const accepted = await filed(store, settled)
      t.same(await store.claimDue(claimRequest('fushun', AT)), [], 'not due by itself')
      const decided = await store.decideDelivery(decision(store, accepted, 'redrive'))
      t.match(decided, { kind: 'decided', delivery: { state: call === 'deliver' ? 'stored' : 'unconfirmed' } })
      t.match(await store.claimDue(claimRequest('fushun', AT)), [{ call, triedSince: AT, notKnown: 0, attempts: 2 }])
    }
  })

  t.test('what the city has by its own word is at rest, with its number, and the next leg starts', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
    await store.accept(accepted)
    await store.settle(settlement(accepted, { settled: STUCK_UNKNOWN, answer: null, place: BEFORE_RELEASE }))
    const marking = decision(store, accepted, 'mark-delivered', { place: BEFORE_RELEASE })
    t.match(await store.decideDelivery(marking), {
      kind: 'decided',
      delivery: { state: 'delivered', backendCaseNo: 'FS-0099', faultCode: null },
    })
    const { store: again } = await opened.reopen()
    const found = await caseOf(again, accepted)
    t.match(found, {
      state: 'pre-accepted',
      legs: [{ state: 'pre-accepted', delivery: 'delivered', backendCaseNo: 'FS-0099' }, { delivery: 'stored' }],
    })
    t.same(events(found).slice(-3), ['delivered by operator', 'pre-accept by operator', 'stored by gateway'])
    t.match(await again.claimDue(claimRequest('benxi', AT)), [{ leg: 'release', relatedCaseNo: 'FS-0099' }])
    t.same(await again.claimDue(claimRequest('fushun', AT + 9 * LEASE_MS)), [])
  })

  t.test('what is given up ends its leg and case by the table, with a reason that names nobody', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const accepted = await filed(store, STUCK)
    const giving = decision(store, accepted, 'give-up')
    t.match(await store.decideDelivery(giving), { kind: 'decided', delivery: { state: 'given-up' } })
    const { store: again } = await opened.reopen()
    const found = await caseOf(again, accepted)
    t.match(found, {
      state: 'aborted',
      legs: [{ state: 'aborted', delivery: 'given-up', reasons: [SHOWN], faultCode: 'CITY_MESSAGE_UNSUPPORTED' }],
    })
    t.same(events(found).slice(-2), ['given-up by operator', 'abort by operator'])
    t.notOk(JSON.stringify(found.events).includes('operator-7'))
    t.same(await again.claimDue(claimRequest('fushun', AT + 9 * LEASE_MS)), [])
    t.same(await again.backlog(), [])
    t.match((await again.findRecord(giving.record.id))?.leaf, { kind: 'delivery-decided', outcome: 'give-up' })
    t.match(await again.decideDelivery(decision(again, accepted, 'redrive')), { kind: 'not-now', state: 'given-up' })
  })

  t.test('what is given up still says whether it may have arrived', async (t) => {
    const { store } = await open(t)
    for (const [settled, mayHaveArrived] of [
      [STORED, false],
      [STUCK, false],
      [STUCK_UNKNOWN, true],
    ] as const) {
      const giving = decision(store, await filed(store, settled), 'give-up')
      t.match(await store.decideDelivery(giving), { kind: 'decided', delivery: { state: 'given-up', mayHaveArrived } })
    }
  })

  t.test('a leg that is given up stops or undoes the others as its definition says', async (t) => {
    for (const whenFailed of ['stop', 'undo', 'go-on'] as const) {
      const { store } = await open(t)
      const accepted = acceptance(store.keyed, { legs: JOINT_LEGS })
      await store.accept(accepted)
      await store.settle(settlement(accepted, { place: BEFORE_RELEASE, answer: null }))
      const [release] = await store.claimDue(claimRequest('benxi', AT))
      await store.settle({
        ...settlement(accepted, { settled: STUCK, answer: null }),
        leg: 'release',
        lease: release!.lease,
      })
      const place = { decides: false, whenFailed, next: null }
      await store.decideDelivery(decision(store, accepted, 'give-up', { leg: 'release', place }))
      const found = await caseOf(store, accepted)
      t.equal(found.state, whenFailed === 'go-on' ? 'pre-accepted' : 'aborted', whenFailed)
      t.match(found.legs[1], { state: 'aborted', delivery: 'given-up' })
      const withdrawn = await store.claimDue(claimRequest('fushun', AT + 1000))
      t.equal(withdrawn.length, whenFailed === 'undo' ? 1 : 0, whenFailed)
    }
  })

  t.test('a correction or withdrawal that is given up leaves the leg open for another', async (t) => {
    for (const kind of ['correction', 'withdrawal'] as const) {
      const { store } = await open(t)
      const { accepted, again } = await withStuckMessage(store, kind)
      t.match(await store.listDeliveries({ limit: 9 }), { entries: [{ kind, messageNo: 1, state: 'stuck' }] })
      t.match(await store.enterAct(again()), { kind: 'not-now' }, 'while it is stuck')
      await store.decideDelivery(decision(store, accepted, 'give-up', { messageNo: 1 }))
      const found = await caseOf(store, accepted)
      t.equal(found.state, kind === 'correction' ? 'correction-required' : 'pre-accepted')
      t.same(events(found).at(-1), `${kind}-given-up by operator`)
      t.match(found.acts[0]?.messages, [{ delivery: 'given-up', reasons: [SHOWN] }])
      t.match(await store.enterAct(again()), { kind: 'entered', claim: { messageNo: 2 } })
    }
  })

  t.test('a correction that the city has by its own word is taken, a withdrawal ends the case', async (t) => {
    for (const [kind, state] of [
      ['correction', 'pre-accepted'],
      ['withdrawal', 'withdrawn'],
    ] as const) {
      const { store } = await open(t)
      const { accepted } = await withStuckMessage(store, kind)
      const marking = decision(store, accepted, 'mark-delivered', { messageNo: 1, backendCaseNo: null })
      t.match(await store.decideDelivery(marking), { delivery: { state: 'delivered', backendCaseNo: 'FS-0001' } })
      t.match(await caseOf(store, accepted), { state, legs: [{ backendCaseNo: 'FS-0001' }] })
    }
  })
}

/** A case whose correction or withdrawal is stuck, and the same act once more. */
async function withStuckMessage(
  store: OpenedStore['store'],
  kind: 'correction' | 'withdrawal',
): Promise<{ accepted: Acceptance; again: () => NewAct }> {
  const accepted = await filed(store, { state: 'delivered', backendCaseNo: 'FS-0001', cityStatus: '01' })
  const { caseNo, body } = accepted.newCase
  if (kind === 'correction') {
    await store.takeNews({
      city: 'fushun',
      caseNo,
      leg: 'decide',
      now: NOW + 500,
      place: ALONE,
      record: draft({ kind: 'city-news', caseNo, outcome: 'unknown' }),
      news: {
        id: 'to-be-corrected',
        reference: `${caseNo}.decide`,
        backendCaseNo: null,
        order: 1,
        at: NOW + 500,
        cityStatus: '30',
        state: 'correction-required',
        remark: null,
        reasons: [],
        results: [],
      },
    })
  }
  const again = (): NewAct => ({
    key: { scope: store.keyed.scope([systemIds.requestId()]), fingerprint: 'f' },
    caseNo,
    act:
      kind === 'withdrawal'
        ? { kind, leg: 'decide', place: ALONE, reason: null }
        : {
            kind,
            leg: 'decide',
            body,
            schemaDigest: 'bmV3LXNjaGVtYQ',
            materials: { owner: { hall: 'hunnan' }, materialIds: [] },
          },
    at: NOW + 1000,
    by: 'clerk',
    hall: 'hunnan',
    configVersion: 'config-3',
    lease: systemIds.lease(),
    leaseUntil: NOW + 1000 + LEASE_MS,
    intent: draft({ time: NOW + 1000, caseNo, leg: 'decide' }),
    record: draft({ time: NOW + 1000, kind: 'case-acted', caseNo, outcome: 'unknown' }),
  })
  const act = again()
  const entered = await store.enterAct(act)
  if (entered.kind !== 'entered') throw new Error(`not entered: ${entered.kind}`)
  await store.settle(settlement(accepted, { lease: act.lease, messageNo: 1, settled: STUCK, told: null, answer: null }))
  return { accepted, again }
}
