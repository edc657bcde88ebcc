// Contract: what the courier takes up, in which order, under which lease, and with which intent record.

import type { Test } from 'tap'
import type { Acceptance, Store } from '../../src/domain/store.ts'
import { acceptance, ALONE, claimRequest, draft, JOINT_LEGS, LEASE_MS, LI, NOW, settlement, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

/** Files a case and stores its delivery until `nextAt`. */
async function stored(store: OpenedStore['store'], nextAt: number, changes: object = {}): Promise<Acceptance> {
  const accepted = acceptance(store.keyed, changes)
  await store.accept(accepted)
  const settled = { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt, notKnown: 0 } as const
  await store.settle(settlement(accepted, { settled, answer: null }))
  return accepted
}

const numbers = async (store: Store, city: string, now: number, limit?: number): Promise<readonly string[]> =>
  (await store.claimDue(claimRequest(city, now, limit))).map((claim) => claim.caseNo)

export function deliveryContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a stored delivery is due at its time, in its city, and carries all that delivering takes', async (t) => {
    const { store } = await open(t)
    const accepted = await stored(store, NOW + 1000)
    t.same(await store.claimDue(claimRequest('fushun', NOW + 999)), [])
    t.same(await store.claimDue(claimRequest('benxi', NOW + 1000)), [])
    const request = claimRequest('fushun', NOW + 1000)
    const { caseNo, item, body, legs } = accepted.newCase
    t.same(await store.claimDue(request), [
      {
        caseNo,
        item,
        leg: 'decide',
        messageNo: 0,
        city: 'fushun',
        lease: request.leases[0],
        leaseUntil: request.leaseUntil,
        call: 'deliver',
        attempts: 2,
        notKnown: 0,
        mayHaveArrived: false,
        triedSince: NOW,
        sentAt: NOW + 1000,
        relatedCaseNo: null,
        relatedResults: [],
        backendCaseNo: null,
        correctionNo: null,
        reason: null,
        body,
        takenAt: NOW,
        filedAt: NOW,
        legs,
        intentId: request.recordIds[0],
      },
    ])
    const view = (await store.findCase(caseNo, { hall: 'hunnan' }))?.legs[0]
    t.match(view, { delivery: 'sending', attempts: 2, nextAt: null })
  })

  t.test('a claim’s intent record is durable with it and names the applicant by reference', async (t) => {
    const opened = await open(t)
    const accepted = await stored(opened.store, NOW)
    const request = claimRequest('fushun', NOW)
    await opened.store.claimDue(request)
    const { store } = await opened.reopen()
    const filed = await store.findRecord(accepted.intent.id)
    const intent = await store.findRecord(request.recordIds[0]!)
    t.match(intent?.leaf, {
      kind: 'forwarded',
      time: new Date(NOW).toISOString(),
      actor: { role: 'gateway' },
      call: 'deliver',
      item: accepted.newCase.item,
      city: 'fushun',
      collectingCity: 'shenyang',
      routeRule: accepted.newCase.legs[0].routeRule,
      caseNo: accepted.newCase.caseNo,
      leg: 'decide',
      outcome: 'sending',
      configVersion: 'config-2',
      schemaDigest: accepted.newCase.schemaDigest,
    })
    t.type(intent?.leaf['subjectRef'], 'string')
    t.equal(intent?.leaf['subjectRef'], filed?.leaf['subjectRef'])
  })

  t.test('an expired sending comes back as an enquiry, and not before it has expired', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    t.same(await store.claimDue(claimRequest('fushun', NOW + LEASE_MS - 1)), [])
    const [claim] = await store.claimDue(claimRequest('fushun', NOW + LEASE_MS))
    t.match(claim, { call: 'enquire', sentAt: NOW, attempts: 2, notKnown: 0 })
    const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
    t.match(found?.legs[0], { delivery: 'unconfirmed' })
    t.match(found?.events.at(-1), { at: NOW + LEASE_MS, event: 'unconfirmed', leg: 'decide', city: 'fushun' })
  })

  t.test(
    'an unconfirmed delivery is enquired about again when due, and counts how often it was not known',
    async (t) => {
      const { store } = await open(t)
      const accepted = acceptance(store.keyed)
      await store.accept(accepted)
      let lease = accepted.lease
      for (const notKnown of [0, 1, 2]) {
        const settled = { state: 'unconfirmed', faultCode: 'CITY_TIMEOUT', nextAt: NOW + notKnown, notKnown } as const
        t.equal(await store.settle(settlement(accepted, { settled, lease, answer: null })), true)
        const [claim] = await store.claimDue(claimRequest('fushun', NOW + notKnown))
        t.match(claim, { call: 'enquire', notKnown, sentAt: NOW, attempts: notKnown + 2 })
        lease = claim!.lease
      }
      const found = await store.findCase(accepted.newCase.caseNo, { hall: 'hunnan' })
      const events = found?.events.map((event) => event.event)
      t.same(events, ['filed', 'unconfirmed'], 'attempts that end alike are one event')
    },
  )

  t.test('what is unconfirmed comes to be sent again where the city takes it once', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    await store.accept(accepted)
    const expired = { ...claimRequest('fushun', accepted.leaseUntil), sendsAgain: true }
    t.match(await store.claimDue(expired), [{ call: 'deliver', attempts: 2, sentAt: accepted.leaseUntil }])
  })

  t.test('what is claimed is not claimed again until its lease runs out, then enquired about', async (t) => {
    const { store } = await open(t)
    await stored(store, NOW)
    const [first] = await store.claimDue(claimRequest('fushun', NOW))
    t.same(await store.claimDue(claimRequest('fushun', NOW + LEASE_MS - 1)), [])
    const [second] = await store.claimDue(claimRequest('fushun', NOW + LEASE_MS))
    t.match(second, { caseNo: first!.caseNo, call: 'enquire', sentAt: NOW })
    t.same(await store.claimDue(claimRequest('fushun', NOW + LEASE_MS + 1)), [])
    const [third] = await store.claimDue(claimRequest('fushun', NOW + 2 * LEASE_MS))
    t.match(third, { caseNo: first!.caseNo, call: 'enquire' })
  })

  t.test('deliveries come by the time they are due, then in order of filing, at most as many as asked', async (t) => {
    const { store } = await open(t)
    const later = await stored(store, NOW + 20)
    const first = await stored(store, NOW + 10)
    const second = await stored(store, NOW + 10)
    const early = await stored(store, NOW + 5)
    const inOrder = [early, first, second, later].map((accepted) => accepted.newCase.caseNo)
    t.same(await numbers(store, 'fushun', NOW + 100, 3), inOrder.slice(0, 3))
    t.same(await numbers(store, 'fushun', NOW + 100, 3), inOrder.slice(3))
  })

  t.test('couriers that claim at once never get the same delivery', async (t) => {
    const { store } = await open(t)
    for (let n = 0; n < 20; n++) await stored(store, NOW)
    const claims = await Promise.all(Array.from({ length: 8 }, () => numbers(store, 'fushun', NOW, 4)))
    t.equal(claims.flat().length, 20)
    t.equal(new Set(claims.flat()).size, 20)
  })

  t.test('two deliveries of one case are never at work at once', async (t) => {
    const { store } = await open(t)
    const legs = [JOINT_LEGS[0], { ...JOINT_LEGS[1], city: 'fushun' }] as const
    const accepted = acceptance(store.keyed, { legs })
    await store.accept(accepted)
    // The city tells of the first leg before its answer comes: the second may start, and the first is still at work.
    const { caseNo } = accepted.newCase
    const next = { leg: legs[1], after: 'taken' } as const
    const news = {
      id: 'e-1',
      reference: `${caseNo}.decide`,
      backendCaseNo: 'FS-1',
      order: 1,
      at: NOW,
      cityStatus: '20',
      state: 'accepted',
      remark: null,
      reasons: [],
      results: [],
    } as const
    const record = draft({ kind: 'city-news', caseNo, outcome: 'unknown' })
    const place = { ...ALONE, next }
    await store.takeNews({ city: 'fushun', caseNo, leg: 'decide', news, now: NOW + 10, place, record })
    t.match((await store.findCase(caseNo, { hall: 'hunnan' }))?.legs, [{ delivery: 'sending' }, { delivery: 'stored' }])
    t.same(await store.claimDue(claimRequest('fushun', NOW + LEASE_MS - 1)), [])
    const [only, ...others] = await store.claimDue(claimRequest('fushun', NOW + LEASE_MS))
    t.ok(only)
    t.same(others, [])
    t.same(await store.claimDue(claimRequest('fushun', NOW + LEASE_MS + 1)), [])
  })

  t.test('the backlog counts what is not at rest, by city and state, with the oldest', async (t) => {
    const { store } = await open(t)
    t.same(await store.backlog(), [])
    await stored(store, NOW, { filedAt: NOW - 500 })
    await stored(store, NOW)
    await store.accept(acceptance(store.keyed, { legs: [JOINT_LEGS[1]], subjectKeys: [store.keyed.subjectKey(LI)] }))
    const done = acceptance(store.keyed, { subjectKeys: [store.keyed.subjectKey(WANG)] })
    await store.accept(done)
    await store.settle(settlement(done))
    const stuck = acceptance(store.keyed)
    await store.accept(stuck)
    await store.settle(
      settlement(stuck, { settled: { state: 'stuck', faultCode: 'CITY_GARBLED', mayHaveArrived: true } }),
    )
    const backlog = (await store.backlog()).toSorted((a, b) => (a.city + a.state < b.city + b.state ? -1 : 1))
    t.same(backlog, [
      { city: 'benxi', state: 'sending', count: 1, oldestAt: NOW },
      { city: 'fushun', state: 'stored', count: 2, oldestAt: NOW - 500 },
      { city: 'fushun', state: 'stuck', count: 1, oldestAt: NOW },
    ])
  })
}
