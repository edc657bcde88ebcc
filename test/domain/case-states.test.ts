// The table of states: every pair of state and event, and that no sequence of events leads out of it.

import { array, assert, constantFrom, property } from 'fast-check'
import t from 'tap'
import {
  DOCUMENTS,
  hasEnded,
  hasFailed,
  isDone,
  isOpen,
  move,
  moveOfCase,
  moveTold,
  STATE_EVENTS,
  WHEN_FAILED,
  type Doer,
  type Move,
} from '../../src/domain/case-states.ts'
import { CASE_STATES, type CaseState } from '../../src/domain/delivery.ts'

const DOERS: readonly Doer[] = ['clerk', 'resident', 'city', 'operator', 'auditor', 'gateway', 'other-leg']
const ENDS: readonly CaseState[] = [
  'refused',
  'rejected',
  'completed',
  'delivered',
  'withdrawn',
  'returned',
  'lapsed',
  'aborted',
]

t.test('each state but the first is reached from another, and each event does something', async (t) => {
  const reached = new Set<CaseState>()
  const used = new Set<string>()
  for (const from of [null, ...CASE_STATES]) {
    for (const event of STATE_EVENTS) {
      for (const doer of DOERS) {
        const moved = move(from, event, doer)
        if (moved === null) continue
        used.add(event)
        if (moved.to !== from) reached.add(moved.to)
        t.ok(moved.document === null || DOCUMENTS.includes(moved.document))
      }
    }
  }
  t.strictSame([...reached].toSorted(), [...CASE_STATES].toSorted())
  t.strictSame([...used].toSorted(), [...STATE_EVENTS].toSorted())
})

t.test('whatever is told in whatever order, a case stays in the table and never comes back from its end', async (t) => {
  const stays = property(array(constantFrom(...CASE_STATES), { maxLength: 30 }), (told) => {
    let state: CaseState = 'collected'
    for (const next of told) {
      const moved = moveTold(state, next)
      if (moved === null) continue
      if (moved.to !== next) return false
      // Nothing is opened again, and a decision is not taken back.
      if (!isOpen(state) && isOpen(moved.to)) return false
      if (hasFailed(state) && state !== 'rejected' && moved.to !== state) return false
      if (state === 'delivered' && moved.to !== 'delivered') return false
      state = moved.to
    }
    return CASE_STATES.includes(state)
  })
  t.doesNotThrow(() => assert(stays, { numRuns: 5000 }))
})

t.test('what a city skips is led over, what it takes back is not', async (t) => {
  for (const [from, told, to] of [
    ['collected', 'completed', 'completed'],
    ['pre-accepted', 'approved', 'approved'],
    ['correction-required', 'lapsed', 'lapsed'],
    // The notice of a correction came after the end that it led to.
    ['suspended', 'lapsed', 'lapsed'],
    ['correction-required', 'pre-accepted', 'pre-accepted'],
    ['suspended', 'in-review', 'in-review'],
    ['rejected', 'completed', 'completed'],
    ['in-review', 'accepted', null],
    ['accepted', 'pre-accepted', null],
    ['approved', 'rejected', null],
    ['approved', 'withdrawn', null],
    ['completed', 'correction-required', null],
    ['accepted', 'refused', null],
    ['withdrawn', 'approved', null],
    ['returned', 'accepted', null],
    ['delivered', 'aborted', null],
    ['pre-accepted', 'collected', null],
  ] as const) {
    t.equal(moveTold(from, told)?.to ?? null, to, `${from}, told ${told}`)
  }
})

t.test('only those who may, may', async (t) => {
  t.equal(move(null, 'file', 'city'), null)
  t.equal(move('in-review', 'approve', 'clerk'), null)
  t.equal(move('returned', 'reroute', 'resident'), null)
  t.match(move('returned', 'reroute', 'clerk'), { to: 'collected' })
  t.match(move('in-review', 'withdraw', 'resident'), { to: 'withdrawn', document: 'withdrawal' })
  t.equal(move('approved', 'withdraw', 'resident'), null, 'it has been decided')
  t.equal(move('in-review', 'stop-refused', 'city'), null)
  // Nothing is completed that nobody has decided, though the leg that decides may never begin.
  t.equal(move('collected', 'finish', 'other-leg'), null)
  // A leg that is undone because the case was rejected must not make it a withdrawn one.
  t.equal(move('rejected', 'stop-withdrawn', 'other-leg'), null)
})

t.test(
  'a leg that co-operates moves its case only where it ends badly and its definition does not say to go on',
  async (t) => {
    const legMove = (state: CaseState) => moveTold('accepted', state)
    for (const whenFailed of WHEN_FAILED) {
      const place = { decides: false, whenFailed }
      const good = legMove('approved')
      const bad = legMove('rejected')
      if (good === null || bad === null) return t.fail('both are in the table')
      const ofCase = (state: CaseState, leg: Move, changes = {}) =>
        moveOfCase(state, leg, { ...place, ...changes }, 'city', () => false)?.to ?? null
      t.equal(ofCase('in-review', good), null)
      t.equal(ofCase('in-review', bad), whenFailed === 'go-on' ? null : 'rejected')
      t.equal(ofCase('approved', bad), whenFailed === 'go-on' ? null : 'rejected')
      t.equal(ofCase('delivered', bad), null, 'what has been handed out is not taken back')
      t.equal(ofCase('accepted', bad, { decides: true }), 'rejected')
    }
  },
)

t.test('a case is completed when the last of its legs is, whichever that is', async (t) => {
  const done = moveTold('in-review', 'completed')
  const failed = moveTold('in-review', 'rejected')
  if (done === null || failed === null) return t.fail('both are in the table')
  const ofCase = (state: CaseState, leg: Move, decides: boolean, othersAreDone: boolean) =>
    moveOfCase(state, leg, { decides, whenFailed: 'go-on' }, 'city', () => othersAreDone)?.to ?? null
  t.equal(ofCase('in-review', done, true, true), 'completed')
  t.equal(ofCase('in-review', done, true, false), 'approved', 'others are at work')
  t.equal(ofCase('approved', done, false, true), 'completed')
  t.equal(ofCase('approved', done, false, false), null)
  t.equal(ofCase('approved', failed, false, true), 'completed', 'it could fail without harm')
  t.equal(ofCase('completed', done, false, true), null, 'once')
  t.equal(ofCase('rejected', done, false, true), null, 'it has ended otherwise')
})

t.test('states are open, at an end, or decided and under way', async (t) => {
  for (const state of CASE_STATES) {
    t.equal(hasEnded(state), ENDS.includes(state), state)
    t.equal(isOpen(state), !hasEnded(state) && state !== 'approved', state)
    t.notOk(hasFailed(state) && isDone(state), state)
  }
})
